import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { closeSync, constants, openSync, readSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import type { Programs } from "./programs.ts";

/** What a tool told of one run's execs. */
export interface Arrivals {
  /** When the line of each exec came, by its number; wall clock, ns. */
  readonly timesNs: ReadonlyMap<number, bigint>;
  /** Lines of execs that had one already. */
  readonly repeated: number;
  /** Execs that the tool says it lost since it was started. */
  readonly lost: number;
}

const ARRIVAL_BYTES = 16;
const LOST_RUN = 0xffff_ffff;

/** Reads a tool's output from a pipe, in a process of its own that costs little; see programs/read_lines.c. */
export class LineReader {
  /** To be the tool's stdout. */
  readonly pipe: number;
  readonly #process: ChildProcess;
  readonly #file: string;
  readonly #fd: number;
  readonly #runs = new Map<number, { timesNs: Map<number, bigint>; repeated: number }>();
  #offset = 0;
  #lost = 0;

  /** `copy`: a file that all that it reads is appended to. */
  constructor(programs: Programs, directory: string, prefix: string, copy?: string) {
    // A pipe with a name: what Node opens between processes are sockets, which tools write to in other ways.
    const fifo = join(directory, "pipe");
    execFileSync("mkfifo", [fifo]);
    this.#file = join(directory, "arrivals");
    const output = openSync(
      this.#file,
      constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_TRUNC,
    );
    this.#fd = openSync(this.#file, "r");
    // Opened for both, so that neither side waits for the other.
    const input = openSync(fifo, constants.O_RDWR);
    const readEnd = openSync(fifo, constants.O_RDONLY);
    this.pipe = openSync(fifo, constants.O_WRONLY);
    closeSync(input);
    rmSync(fifo);
    this.#process = spawn(programs.readLines, [prefix, ...(copy === undefined ? [] : [copy])], {
      stdio: [readEnd, output, "inherit"],
    });
    closeSync(readEnd);
    closeSync(output);
  }

  /** What has come so far of a run's execs. */
  arrivals(run: number): Arrivals {
    this.#read();
    return { ...(this.#runs.get(run) ?? { timesNs: new Map(), repeated: 0 }), lost: this.#lost };
  }

  /** Waits until all `count` execs of a run are told or counted as lost, or nothing has come for `patienceMs`. */
  async whenAll(run: number, count: number, patienceMs = 1500): Promise<Arrivals> {
    const lostBefore = this.#lost;
    let known = -1;
    let since = performance.now();
    for (;;) {
      const arrivals = this.arrivals(run);
      const told = arrivals.timesNs.size + arrivals.lost - lostBefore;
      if (told >= count) return arrivals;
      if (told > known) {
        known = told;
        since = performance.now();
      }
      if (performance.now() - since > patienceMs) return arrivals;
      await setTimeout(20);
    }
  }

  /** Frees what is known of a run. */
  forget(run: number): void {
    this.#runs.delete(run);
  }

  /** To be called when the tool has ended: the reader then ends by itself. */
  async close(): Promise<void> {
    closeSync(this.pipe);
    if (this.#process.exitCode === null) {
      await new Promise((resolve) => this.#process.once("exit", resolve));
    }
    closeSync(this.#fd);
    rmSync(this.#file);
  }

  #read(): void {
    const bytes = Buffer.alloc(64 * 1024);
    for (;;) {
      const count = readSync(this.#fd, bytes, 0, bytes.length, this.#offset);
      const whole = count - (count % ARRIVAL_BYTES);
      if (whole === 0) return;
      this.#offset += whole;
      for (let at = 0; at < whole; at += ARRIVAL_BYTES) {
        this.#add(bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4), bytes.readBigUInt64LE(at + 8));
      }
    }
  }

  #add(run: number, number: number, timeNs: bigint): void {
    if (run === LOST_RUN) {
      this.#lost += number;
      return;
    }
    let known = this.#runs.get(run);
    if (known === undefined) this.#runs.set(run, (known = { timesNs: new Map(), repeated: 0 }));
    if (known.timesNs.has(number)) known.repeated++;
    else known.timesNs.set(number, timeNs);
  }
}
