import { spawn, type SpawnOptions } from "node:child_process";
import { createInterface } from "node:readline";

/** A program that runs beside this one, apart from the terminal's signals. */
export interface Child {
  /** Resolves with how it ended, in words; never rejects. */
  readonly ended: Promise<string>;
  readonly running: boolean;
  /** To it and to what it started in its own process group. */
  signal(signal: NodeJS.Signals): void;
}

/** What a program is started with. */
export interface ChildOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Its stdout is this process's own; otherwise each line of it goes to `line`, as those of stderr do. */
  readonly inheritStdout?: boolean;
  /** Hears what it says, line by line. */
  readonly line: (line: string) => void;
}

/** Starts a program in a process group of its own, so that Ctrl-C reaches it only through us. */
export function startChild([program = "", ...args]: readonly string[], options: ChildOptions): Child {
  const stdio: SpawnOptions["stdio"] = [
    "ignore",
    options.inheritStdout === true ? "inherit" : "pipe",
    "pipe",
  ];
  const child = spawn(program, args, {
    env: options.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio,
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on("line", options.line);
  }
  let running = true;
  const ended = new Promise<string>((resolve) => {
    const end = (how: string): void => {
      running = false;
      resolve(how);
    };
    child.once("error", (error) => {
      end(error.message);
    });
    child.once("exit", (code, signal) => {
      end(signal ?? `exit status ${String(code)}`);
    });
  });
  return {
    ended,
    get running() {
      return running;
    },
    signal: (signal) => {
      if (!running || child.pid === undefined) return;
      try {
        process.kill(-child.pid, signal);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    },
  };
}
