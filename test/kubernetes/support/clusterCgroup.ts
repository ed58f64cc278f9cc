import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { parseCgroupMounts } from "../../../tracer-service/cgroup/cgroupMounts.ts";

const ROUNDS = 1200;
const ROUND_MS = 50;

/**
 * A cgroup of every hierarchy that holds all processes of one cluster: its daemons, its pods and its tests. Whatever
 * became of whoever started them, they can be found there and ended by pid.
 */
export class ClusterCgroup {
  /** Path from the root of each hierarchy. */
  readonly path: string;
  readonly #mountPoints: readonly string[];

  constructor(path: string, mountinfo = readFileSync("/proc/self/mountinfo", "utf8")) {
    const { unified, v1 } = parseCgroupMounts(mountinfo);
    this.path = path;
    this.#mountPoints = [...(unified === undefined ? [] : [unified]), ...v1.map((mount) => mount.mountPoint)];
  }

  /** Makes it, or a cgroup in it, and returns its directories. kubelet wants its root to be there already. */
  make(name = ""): string[] {
    return this.#mountPoints.map((mountPoint) => {
      const directories = [join(mountPoint, this.path), join(mountPoint, this.path, name)];
      for (const directory of directories) {
        mkdirSync(directory, { recursive: true });
        inheritCpuset(directory);
      }
      return join(mountPoint, this.path, name);
    });
  }

  /** Ends all that runs in it, and removes it. Throws when something does not end. */
  async remove(): Promise<void> {
    for (let round = 0; round < ROUNDS; round++) {
      const pids = new Set(
        this.#mountPoints.flatMap((mountPoint) => processesBelow(join(mountPoint, this.path))),
      );
      for (const pid of pids) endProcess(pid);
      if (pids.size === 0 && this.#mountPoints.every((mountPoint) => removeTree(join(mountPoint, this.path))))
        return;
      await setTimeout(ROUND_MS);
    }
    throw new Error(`the cgroup ${this.path} could not be removed: something still runs in it`);
  }
}

/** A new cgroup of the v1 controller `cpuset` takes no process before it has CPUs and memory. */
function inheritCpuset(directory: string): void {
  for (const name of ["cpuset.cpus", "cpuset.mems"]) {
    const own = readOptional(join(directory, name));
    if (own?.trim() !== "") continue;
    const parent = readOptional(join(directory, "..", name));
    if (parent !== undefined && parent.trim() !== "") writeFileSync(join(directory, name), parent);
  }
}

function processesBelow(directory: string): number[] {
  const own = (readOptional(join(directory, "cgroup.procs")) ?? "").split("\n").map(Number);
  return [...own.filter((pid) => pid > 0), ...childrenOf(directory).flatMap(processesBelow)];
}

/** Whether nothing is left of it. */
function removeTree(directory: string): boolean {
  const emptied = childrenOf(directory).map(removeTree).every(Boolean);
  if (!emptied) return false;
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

function childrenOf(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => join(directory, entry.name));
  } catch {
    return []; // removed meanwhile
  }
}

function readOptional(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
