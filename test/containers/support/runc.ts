import { spawn, type ChildProcess } from "node:child_process";

import { finished, type Finished } from "../../kernel/support/testCgroup.ts";

/** A node with nothing but cgroup v2, seen by runc alone; the container's own mounts come on top. */
const onUnifiedNode = 'mount -t cgroup2 cgroup2 /sys/fs/cgroup && root="$0" && exec runc --root "$root" "$@"';

/** Runs `runc` with its state in a folder of the test's own. */
export class Runc {
  readonly #stateDirectory: string;

  constructor(stateDirectory: string) {
    this.#stateDirectory = stateDirectory;
  }

  start(...args: string[]): ChildProcess {
    const through = ["--mount", "--propagation", "private", "sh", "-c", onUnifiedNode, this.#stateDirectory];
    return spawn("unshare", [...through, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  }

  run(...args: string[]): Promise<Finished> {
    return finished(this.start(...args));
  }
}
