import { execFile } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import type { Programs } from "./programs.ts";

const run = promisify(execFile);

/** Execs to make. */
export interface Load {
  readonly count: number;
  /** Execs a second; 0: as fast as they go. */
  readonly rate: number;
  readonly spawners: number;
  /** Directory of the cgroup to make them in; undefined: where the benchmark itself runs. */
  readonly cgroup: string | undefined;
}

/** Execs that were made. */
export interface LoadRun {
  /** Tells this run's lines from all others'. */
  readonly run: number;
  readonly count: number;
  /** From the first spawn to the last exit. */
  readonly wallNs: number;
  /** When each was spawned, by its number; wall clock, ns. */
  readonly spawnedNs: BigUint64Array;
}

/** Makes execs that can be told apart in a tool's output: each has the argument PREFIX, RUN, "-", NUMBER. */
export class LoadGenerator {
  /** What all marks begin with; nobody else's lines have it. */
  readonly prefix: string;
  readonly #programs: Programs;
  readonly #directory: string;
  readonly #signal: AbortSignal;
  #runs = 0;

  /** `directory`: for a file. `signal` ends a run, which then throws. */
  constructor(programs: Programs, directory: string, prefix: string, signal: AbortSignal) {
    this.#programs = programs;
    this.#directory = directory;
    this.#signal = signal;
    this.prefix = prefix;
  }

  /** Makes them; throws when one could not be. */
  async run({ count, rate, spawners, cgroup }: Load): Promise<LoadRun> {
    const runNumber = ++this.#runs;
    const times = join(this.#directory, "times");
    const args = [
      ...[count, rate, spawners].map(String),
      this.#programs.nothing,
      `${this.prefix}${String(runNumber)}-`,
      times,
      ...(cgroup === undefined ? [] : [cgroup]),
    ];
    const { stdout } = await run(this.#programs.spawnLoad, args, { signal: this.#signal });
    const bytes = readFileSync(times);
    rmSync(times);
    const spawnedNs = new BigUint64Array(count);
    bytes.copy(new Uint8Array(spawnedNs.buffer));
    return { run: runNumber, count, wallNs: Number(stdout), spawnedNs };
  }
}
