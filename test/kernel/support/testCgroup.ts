import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync, rmdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** What a finished program left. */
export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run a program. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** A cgroup that a test made, in which it runs programs. */
export class TestCgroup {
  /** Path from the root of the hierarchy. */
  readonly path: string;
  /** Its directory. */
  readonly directory: string;

  constructor(mountPoint: string, path: string) {
    this.path = path;
    this.directory = join(mountPoint, path);
    mkdirSync(this.directory, { recursive: true });
  }

  /** Starts a program inside: a shell enters the cgroup, then becomes the program. */
  start(argv: readonly string[], options: RunOptions = {}): ChildProcess {
    return startOutside(
      ["/bin/sh", "-c", `echo $$ > "$0/cgroup.procs" && exec "$@"`, this.directory, ...argv],
      options,
    );
  }

  /** Runs a program inside to its end; its stdin is `input`. */
  run(argv: readonly string[], options: RunOptions & { input?: Buffer } = {}): Promise<Finished> {
    const child = this.start(argv, options);
    feed(child, options.input);
    return finished(child);
  }

  /** Runs a shell script inside. */
  sh(script: string, ...args: string[]): Promise<Finished> {
    return this.run(["/bin/sh", "-c", script, "sh", ...args]);
  }

  /** Ends what still runs inside, by pid, and removes the cgroup and all below it. */
  async remove(): Promise<void> {
    await removeTree(this.directory);
  }
}

/** Waits for the end of a program. */
export function finished(child: ChildProcess): Promise<Finished> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve({
        code,
        signal,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
  });
}

/** Runs a program where this process is, outside of every test cgroup. */
export function runOutside(
  argv: readonly string[],
  options: RunOptions & { input?: Buffer } = {},
): Promise<Finished> {
  const child = startOutside(argv, options);
  feed(child, options.input);
  return finished(child);
}

/** What a program wrote to stdout. Throws when it did not end well. */
export function succeeded({ code, signal, stdout, stderr }: Finished): string {
  if (code !== 0) throw new Error(`a test's program ended with ${String(code ?? signal)}: ${stderr}`);
  return stdout;
}

/** Starts a program where this process is, outside of every test cgroup. */
export function startOutside(
  [program = "", ...args]: readonly string[],
  options: RunOptions = {},
): ChildProcess {
  return spawn(program, args, { ...options, stdio: ["pipe", "pipe", "pipe"] });
}

function feed(child: ChildProcess, input: Buffer | undefined): void {
  // A program that does not read its input may end before it was written.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
}

async function removeTree(directory: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    try {
      for (const entry of readdirSync(directory, { withFileTypes: true })) {
        if (entry.isDirectory()) await removeTree(join(directory, entry.name));
      }
      for (const pid of readFileSync(join(directory, "cgroup.procs"), "utf8").split("\n")) {
        if (pid !== "" && pid !== "0") process.kill(Number(pid), "SIGKILL");
      }
      rmdirSync(directory);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
  throw new Error(`the cgroup ${directory} could not be removed: something still runs in it`);
}
