import { spawn } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { type Child, startChild } from "./child.ts";
import { statusOf } from "./localHttp.ts";
import { tracerLine } from "./tracerLine.ts";

const LOOK_MS = 50;

/** How the service is to run. */
export interface TracerOptions {
  /** The built command line. */
  readonly program: string;
  /** Finds Node 24 first on its PATH. */
  readonly env: NodeJS.ProcessEnv;
  readonly socketPath: string;
  /** Where its history is, for the time of the run. */
  readonly stateDir: string;
  /** Its members may read the socket. */
  readonly gid: number;
  /** A file, `-` or `none`. */
  readonly log: string;
  /** Hears warnings, errors and what else it says. */
  readonly say: (line: string) => void;
}

/** What became of the start. */
export type TracerStart =
  | { readonly type: "ready" }
  /** The check explains why this machine can't be traced. */
  | { readonly type: "unable"; readonly why: string }
  /** It could trace, and something else is wrong. */
  | { readonly type: "failed"; readonly why: string };

/** The tracer service of this host, for the time of one run. */
export class Tracer {
  readonly child: Child;
  readonly #options: TracerOptions;
  /** What it said before it was ready: no news where the check explains more. */
  #early: string[] | undefined = [];

  constructor(options: TracerOptions) {
    this.#options = options;
    const { program, env, socketPath, stateDir, gid, log } = options;
    const flags = ["--identity", "local", "--format", "auto", "--log", log, "--state-dir", stateDir];
    const listen = ["--listen", `unix:${socketPath}`, "--listen-group", String(gid)];
    // It ends with us, however we end.
    const tied = ["setpriv", "--pdeathsig", "TERM", "--"];
    this.child = startChild([...tied, program, "run", ...flags, ...listen], {
      env,
      inheritStdout: true,
      line: (line) => {
        this.#hear(line);
      },
    });
  }

  /** Resolves once it traces and answers, or has ended without. */
  async started(): Promise<TracerStart> {
    while (this.child.running) {
      if ((await statusOf({ socketPath: this.#options.socketPath, path: "/readyz" })) === 200) {
        this.#tellEarly();
        return { type: "ready" };
      }
      await Promise.race([setTimeout(LOOK_MS), this.child.ended]);
    }
    const check = await this.#check();
    if (!check.able) return { type: "unable", why: check.text };
    this.#tellEarly();
    return { type: "failed", why: `the tracer service could not start (${await this.child.ended})` };
  }

  #hear(line: string): void {
    const text = tracerLine(line);
    if (text === undefined) return;
    if (this.#early === undefined) this.#options.say(text);
    else this.#early.push(text);
  }

  #tellEarly(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const line of early) this.#options.say(line);
  }

  async #check(): Promise<{ able: boolean; text: string }> {
    const { program, env } = this.#options;
    const child = spawn(program, ["check"], { env, stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    child.once("error", (error) => {
      text += error.message;
      resolve(false);
    });
    child.once("close", (code) => {
      resolve(code === 0);
    });
    return { able: await promise, text };
  }
}
