import { mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { findHierarchies } from "../../tracer-service/cgroup/hierarchies.ts";

/** The cgroups that the benchmark makes: `/wpl-bench-…`, and a workspace in it. */
export class BenchCgroup {
  /** Path of the outermost from the root of the hierarchy; workspaces are `ROOT/USERNAME/WORKSPACE_NAME`. */
  readonly root: string;
  /** Directory of the workspace. */
  readonly workspace: string;
  readonly #made: readonly string[];

  /** Makes them; `name` is one that nobody else uses. */
  constructor(name: string) {
    const [hierarchy] = findHierarchies().visible;
    if (hierarchy === undefined)
      throw new Error("the host's cgroups can't be seen from here: run on the host");
    this.root = `/${name}`;
    const root = join(hierarchy.mountPoint, this.root);
    const user = join(root, "jessie");
    this.workspace = join(user, "main");
    this.#made = [this.workspace, user, root];
    mkdirSync(this.workspace, { recursive: true });
  }

  /** Removes them once their last process has ended. */
  async remove(): Promise<void> {
    for (const directory of this.#made) await removeDirectory(directory);
  }
}

async function removeDirectory(directory: string): Promise<void> {
  for (let attemptsLeft = 50; ; attemptsLeft--) {
    try {
      rmdirSync(directory);
      return;
    } catch (error) {
      if (attemptsLeft === 0) throw new Error(`could not remove the cgroup ${directory}`, { cause: error });
      await setTimeout(20);
    }
  }
}
