import { spawn, type ChildProcess } from "node:child_process";
import { setTimeout } from "node:timers/promises";

import type { Bench } from "../bench.ts";
import { LineReader, type Arrivals } from "../lineReader.ts";
import type { Load, LoadRun } from "../load.ts";
import type { Tool } from "./tool.ts";

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 15_000;

/** A tool that runs and traces, its output read from a pipe. */
export class RunningTool {
  readonly pid: number;
  readonly reader: LineReader;
  readonly #bench: Bench;
  readonly #process: ChildProcess;

  private constructor(bench: Bench, tool: Tool, copy: string | undefined) {
    this.#bench = bench;
    this.reader = new LineReader(bench.programs, bench.directory, bench.generator.prefix, copy);
    const [command = "", ...args] = tool.argv;
    this.#process = spawn(command, args, { stdio: ["ignore", this.reader.pipe, "pipe"] });
    this.#process.on("error", () => undefined);
    this.pid = this.#process.pid ?? 0;
  }

  /** Runs a tool while `measure` does; it is ended and waited for whatever happens. `copy`: a file for what it writes. */
  static async use<T>(
    bench: Bench,
    tool: Tool,
    measure: (running: RunningTool) => Promise<T>,
    copy?: string,
  ): Promise<T> {
    const running = new RunningTool(bench, tool, copy);
    try {
      await running.#untilReady(tool.name);
      return await measure(running);
    } finally {
      await running.#stop();
    }
  }

  /** Makes execs and waits until this tool has told of them or falls silent. */
  async trace(load: Load): Promise<{ run: LoadRun; arrivals: Arrivals }> {
    const run = await this.#bench.generator.run(load);
    return { run, arrivals: await this.reader.whenAll(run.run, run.count) };
  }

  /** Stops it as a debugger does while `work` runs: it reads nothing then. */
  async whileStopped<T>(work: () => Promise<T>): Promise<T> {
    process.kill(this.pid, "SIGSTOP");
    try {
      return await work();
    } finally {
      process.kill(this.pid, "SIGCONT");
    }
  }

  /** It traces when it tells of an exec that was made for it to see. */
  async #untilReady(name: string): Promise<void> {
    let errors = "";
    this.#process.stderr
      ?.setEncoding("utf8")
      .on("data", (text: string) => (errors = (errors + text).slice(-4000)));
    const deadline = performance.now() + START_LIMIT_MS;
    while (performance.now() < deadline) {
      const { exitCode, signalCode } = this.#process;
      if (this.pid === 0 || exitCode !== null || signalCode !== null) {
        throw new Error(`${name} ended before it traced: ${errors.trim() || "it could not be started"}`);
      }
      const { run } = await this.#bench.generator.run({
        count: 1,
        rate: 0,
        spawners: 1,
        cgroup: this.#bench.cgroup.workspace,
      });
      await setTimeout(150);
      if (this.reader.arrivals(run).timesNs.size > 0) return;
    }
    throw new Error(`${name} told of no exec within ${String(START_LIMIT_MS / 1000)} s: ${errors.trim()}`);
  }

  async #stop(): Promise<void> {
    if (this.pid !== 0) {
      const ended = new Promise((resolve) => this.#process.once("exit", resolve));
      if (this.#process.exitCode === null && this.#process.signalCode === null) {
        this.#process.kill("SIGINT");
        const late = setTimeout(STOP_LIMIT_MS, "late", { ref: false });
        if ((await Promise.race([ended, late])) === "late") {
          this.#process.kill("SIGKILL");
          await ended;
        }
      }
    }
    await this.reader.close();
  }
}
