import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { findHierarchies } from "../../tracer-service/cgroup/hierarchies.ts";
import { containerId } from "./workspaceObjects.ts";

const ROUNDS = 100;
const ROUND_MS = 50;

/** The cgroups of a node's pods as kubelet makes them, each with a container in which a process sleeps. */
export class NodePods {
  /** kubelet's root, from the root of the hierarchy. */
  readonly root: string;
  readonly #directories: string[] = [];
  readonly #processes: ChildProcess[] = [];

  /** `uids`: of the pods, those with the first numbers. */
  constructor(uids: readonly string[]) {
    const [hierarchy] = findHierarchies().visible;
    if (hierarchy === undefined)
      throw new Error("the host's cgroups can't be seen from here: run on the host");
    const own = `/process-logging-bench-${String(process.pid)}`;
    this.root = `${own}/kubepods`;
    for (const path of [own, this.root, `${this.root}/burstable`])
      this.#make(join(hierarchy.mountPoint, path));
    uids.forEach((uid, number) => {
      const pod = this.#make(join(hierarchy.mountPoint, this.root, "burstable", `pod${uid}`));
      const container = this.#make(join(pod, containerId(number)));
      this.#run(container, "exec sleep infinity");
    });
  }

  /** Runs a program again and again in the container of the last pod. */
  keepExecuting(program: string): void {
    const container = this.#directories.at(-1);
    if (container !== undefined) this.#run(container, `while :; do ${program}; sleep 0.02; done`);
  }

  /** Ends all that runs in them, and removes them. */
  async remove(): Promise<void> {
    for (const child of this.#processes) child.kill("SIGKILL");
    for (const directory of this.#directories.reverse()) await removeDirectory(directory);
  }

  #make(directory: string): string {
    mkdirSync(directory);
    this.#directories.push(directory);
    return directory;
  }

  #run(container: string, script: string): void {
    const child = spawn("/bin/sh", ["-c", `read go; ${script}`], { stdio: ["pipe", "ignore", "ignore"] });
    this.#processes.push(child);
    writeFileSync(join(container, "cgroup.procs"), String(child.pid));
    child.stdin.end("go\n");
  }
}

async function removeDirectory(directory: string): Promise<void> {
  for (let round = 1; ; round++) {
    try {
      rmdirSync(directory);
      return;
    } catch (error) {
      if (round === ROUNDS) throw new Error(`could not remove the cgroup ${directory}`, { cause: error });
      await setTimeout(ROUND_MS);
    }
  }
}
