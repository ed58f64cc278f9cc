import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { findHierarchies } from "../../../tracer-service/cgroup/hierarchies.ts";
import { TestCgroup } from "../../kernel/support/testCgroup.ts";
import { TracerService, type TracerServiceOptions } from "./tracerService.ts";

/**
 * Cgroups of the test's own on this host, a rules file that makes workspaces of them, and the services that trace
 * them. `close` ends and removes all of it, in whatever state it is.
 */
export class TracedHost {
  /** `/wpl-test-…`: workspaces are `ROOT/USERNAME/WORKSPACE_NAME`. */
  readonly root = `/wpl-test-${randomBytes(6).toString("hex")}`;
  /** For files of the test. */
  readonly directory = mkdtempSync(join(tmpdir(), "wpl-test-"));
  readonly rules = join(this.directory, "rules.yaml");
  readonly #mountPoint: string;
  readonly #rootCgroup: TestCgroup;
  readonly #services: TracerService[] = [];

  constructor() {
    const [hierarchy] = findHierarchies().visible;
    if (hierarchy === undefined) throw new Error("this machine shows no cgroup hierarchy");
    this.#mountPoint = hierarchy.mountPoint;
    this.#rootCgroup = new TestCgroup(this.#mountPoint, this.root);
    writeFileSync(this.rules, `rules:\n  - cgroup: ${this.root}/{username}/{workspace_name}\n`);
  }

  workspace(username: string, workspaceName: string): TestCgroup {
    return this.cgroup(username, workspaceName);
  }

  /** Makes a cgroup below the test's root. */
  cgroup(...components: string[]): TestCgroup {
    return new TestCgroup(this.#mountPoint, [this.root, ...components].join("/"));
  }

  /** Starts a service for this host's workspaces, by its rules. */
  async trace(args: readonly string[] = [], options?: TracerServiceOptions): Promise<TracerService> {
    return await this.start(["run", "--rules", this.rules, ...args], options);
  }

  /** Starts any service, which ends with this host. */
  async start(
    args: readonly string[],
    options?: TracerServiceOptions,
    message?: string,
  ): Promise<TracerService> {
    const service = await TracerService.start(args, options, message);
    this.#services.push(service);
    return service;
  }

  async close(): Promise<void> {
    await Promise.all(this.#services.map((service) => service.kill()));
    await this.#rootCgroup.remove();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
