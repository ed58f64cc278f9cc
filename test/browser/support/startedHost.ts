import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findHierarchies } from "../../../tracer-service/cgroup/hierarchies.ts";
import { until } from "../../service/support/until.ts";

const ROOT = join(import.meta.dirname, "../../..");

/** How `npm start` is run. */
export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** A program and its arguments that start it, such as `unshare`: it must exec what follows. */
  readonly through?: readonly string[];
}

/** `npm start` as a process of its own, with a folder for temporary files of its own. */
export class StartedHost {
  readonly ended: Promise<number | null>;
  /** Where it puts its temporary files: nothing is to be left in it. */
  readonly temporary: string;
  readonly #directory = mkdtempSync(join(tmpdir(), "wpl-start-"));
  readonly #child: ChildProcess;
  #stdout = "";
  #stderr = "";
  #running = true;

  constructor(args: readonly string[], { env = {}, through = [] }: StartOptions = {}) {
    this.temporary = join(this.#directory, "tmp");
    mkdirSync(this.temporary);
    // Whoever code-server runs as has to reach its part of it.
    for (const folder of [this.#directory, this.temporary]) chmodSync(folder, 0o755);
    const argv = [...through, process.execPath, join(ROOT, "scripts/start.mjs"), ...args];
    const [program = "", ...rest] = argv;
    this.#child = spawn(program, rest, {
      env: { ...withoutSudo(process.env), TMPDIR: this.temporary, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.#stdout += text));
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    this.ended = new Promise((resolve) => {
      this.#child.once("close", (code) => {
        this.#running = false;
        resolve(code);
      });
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get address(): string {
    return lineAfter(this.#stdout, "Open ");
  }

  get password(): string {
    return lineAfter(this.#stdout, "Password: ");
  }

  /** Resolves when it has told how to log in; throws when it ends before. */
  async ready(): Promise<void> {
    const looks = async (): Promise<void> => {
      await until(
        "it tells the password, and after it how to end it",
        () => (this.#stdout.includes("Password: ") && this.#stderr.includes("Ctrl-C")) || !this.#running,
        () => this.#stderr,
      );
    };
    // A machine that is busy with other tests takes its time.
    await looks().catch(looks);
    if (!this.#running) throw new Error(`npm start ended: ${this.#stderr}`);
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#running) this.#child.kill(signal);
  }

  /** The processes of this run, by pid: all have its folder in their environment or arguments. */
  get processes(): readonly number[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter(
        (pid) =>
          readProcess(pid, "cmdline").includes(this.#directory) ||
          readProcess(pid, "environ").includes(this.#directory),
      );
  }

  /** Ends it, in whatever state it is. */
  async close(): Promise<void> {
    this.signal("SIGTERM");
    await this.ended;
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** The folder of a workspace's cgroup. */
export function workspaceDirectory(path: string): string {
  const [hierarchy] = findHierarchies().visible;
  if (hierarchy === undefined) throw new Error("this machine shows no cgroup hierarchy");
  return join(hierarchy.mountPoint, path);
}

/** Owners of the processes in a cgroup. */
export function uidsIn(directory: string): number[] {
  const pids = readFileSync(join(directory, "cgroup.procs"), "utf8")
    .split("\n")
    .filter((pid) => pid !== "");
  return pids
    .map((pid) => statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid)
    .filter((uid) => uid !== undefined);
}

function lineAfter(text: string, prefix: string): string {
  return (
    text
      .split("\n")
      .find((line) => line.startsWith(prefix))
      ?.slice(prefix.length) ?? ""
  );
}

function readProcess(pid: number, file: "cmdline" | "environ"): string {
  const path = `/proc/${String(pid)}/${file}`;
  try {
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  } catch {
    return ""; // it has ended
  }
}

/** The tests themselves may run under sudo. */
function withoutSudo(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith("SUDO_") && name !== "INIT_CWD"),
  );
}
