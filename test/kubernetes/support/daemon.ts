import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout } from "node:timers/promises";

const LOOK_MS = 100;
const LOOKS = 1800;

/** A long-running program of a cluster, whose output goes to a file. */
export class Daemon {
  readonly name: string;
  readonly logFile: string;
  readonly #child: ChildProcess;
  #problem: string | undefined;

  constructor(name: string, argv: readonly string[], logFile: string, env: NodeJS.ProcessEnv = process.env) {
    this.name = name;
    this.logFile = logFile;
    const [program = "", ...args] = argv;
    const log = openSync(logFile, "a");
    this.#child = spawn(program, args, { stdio: ["ignore", log, log], detached: true, env });
    closeSync(log);
    this.#child.once("error", (error) => (this.#problem = error.message));
  }

  /** Pid of it: what starts it execs it. */
  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.name} could not be started`);
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#problem === undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Ends it and waits for that. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    this.#child.kill(signal);
    await this.until("it has ended", () => !this.running, false);
  }

  /** Waits for a condition, at most as long as the daemon runs; throws with the end of its log. */
  async until(what: string, condition: () => boolean | Promise<boolean>, whileRunning = true): Promise<void> {
    for (let look = 0; look < LOOKS; look++) {
      if (await condition()) return;
      if (whileRunning && !this.running)
        throw new Error(`${this.name} ended before ${what}: ${this.#lastWords()}`);
      await setTimeout(LOOK_MS);
    }
    throw new Error(`${this.name}: waited in vain until ${what}: ${this.#lastWords()}`);
  }

  #lastWords(): string {
    const lines = readFileSync(this.logFile, "utf8").trimEnd().split("\n").slice(-15);
    return [this.#problem ?? "", `the end of ${basename(this.logFile)}:`, ...lines].join("\n");
  }
}
