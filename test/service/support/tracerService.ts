import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

import { parseLog, type LogLine } from "./logLine.ts";
import { until } from "./until.ts";

/** The command line as the build leaves it. */
export const mainFile = fileURLToPath(new URL("../../../dist/tracer-service/main.js", import.meta.url));

/** How a run of the service ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TracerServiceOptions {
  /** A program and its arguments that start the service, such as `setpriv`: it must exec what follows. */
  readonly through?: readonly string[];
  /** A descriptor for stdout; without it stdout is read. */
  readonly stdout?: number;
}

/** The built service in a process of its own, started as a user would. */
export class TracerService {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #stdout = "";
  #stderr = "";
  #running = true;

  constructor(args: readonly string[], { through = [], stdout }: TracerServiceOptions = {}) {
    const [file = mainFile, ...rest] = [...through, mainFile, ...withoutSharedFiles(args)];
    this.#child = spawn(file, rest, { stdio: ["ignore", stdout ?? "pipe", "pipe"] });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.#stdout += text));
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    this.ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code, signal) => {
        this.#running = false;
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  /** Runs it to its end. */
  static run(args: readonly string[], options?: TracerServiceOptions): Promise<Ended> {
    return new TracerService(args, options).ended;
  }

  /** Starts it and resolves once it says on stderr that it is as far as `message`; throws when it ends before. */
  static async start(
    args: readonly string[],
    options?: TracerServiceOptions,
    message = "tracing",
  ): Promise<TracerService> {
    const service = new TracerService(args, options);
    try {
      await service.said(message);
      return service;
    } catch (error) {
      await service.kill();
      throw error;
    }
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("the service could not be started");
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#running;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** What it has logged on stdout so far. */
  get log(): LogLine[] {
    return parseLog(this.#stdout);
  }

  /** Resolves when a diagnostic with this message, or one that begins so, has been written `times` times. */
  async said(message: string, times = 1): Promise<void> {
    const count = (): number => this.#stderr.split(`"msg":"${message}`).length - 1;
    await this.until(`it says "${message}"`, () => count() >= times || !this.#running);
    if (count() < times) throw new Error(`the service ended before it said "${message}": ${this.#stderr}`);
  }

  /** Waits for a condition and, where it never holds, tells what the service said. */
  async until(what: string, condition: () => boolean): Promise<void> {
    await until(
      what,
      condition,
      () => `\nstderr: ${this.#stderr.slice(-2000)}\nstdout: ${this.#stdout.slice(-1000)}`,
    );
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#running) this.#child.kill(signal);
  }

  /** Ends it as a service manager does. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Ended> {
    this.signal(signal);
    return await this.ended;
  }

  /** From now on nobody reads what it says. */
  closeStderr(): void {
    this.#child.stderr?.destroy();
  }

  /** For cleaning up, whatever state it is in. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.ended.catch(() => undefined);
  }
}

/** Services of many tests run at a time: only one of them could have the default socket and state directory. */
function withoutSharedFiles(args: readonly string[]): readonly string[] {
  const [command, ...flags] = args;
  if (command !== "run") return args;
  const without = ["--listen", "--state-dir"].filter((flag) => !flags.includes(flag));
  return [command, ...without.flatMap((flag) => [flag, "none"]), ...flags];
}
