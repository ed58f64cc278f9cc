import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { claim } from "../claim.mjs";

/** Others on this host may run under the same user's name: their workspaces are not touched. */
const NAMES = ["main", ...Array.from({ length: 98 }, (_, index) => `main-${String(index + 2)}`)];

const REMOVE_TRIES = 200;
const REMOVE_WAIT_MS = 25;

/** The cgroup that makes a workspace of what runs in it: `/workspaces/USERNAME/main`. */
export class WorkspaceCgroup {
  readonly directory: string;
  /** Its path from the hierarchy's root. */
  readonly path: string;
  readonly #made: readonly string[];
  readonly #release: () => void;

  private constructor(
    mountPoint: string,
    path: string,
    { made, release }: { readonly made: readonly string[]; readonly release: () => void },
  ) {
    this.path = path;
    this.directory = join(mountPoint, path);
    this.#made = made;
    this.#release = release;
  }

  /**
   * Makes it in the hierarchy that is mounted there, as `main-2` and so on when `main` is another's, also one's in which
   * nothing runs yet. Throws what the file system says when it can't.
   */
  static async make(mountPoint: string, username: string): Promise<WorkspaceCgroup> {
    const made = [makeIfMissing(join(mountPoint, "workspaces"))];
    const user = join(mountPoint, "workspaces", cgroupName(username));
    made.push(makeIfMissing(user));
    try {
      for (const name of NAMES) {
        const directory = join(user, name);
        const release = await claim(`cgroup ${directory}`);
        if (release === undefined) continue;
        if (makeIfMissing(directory) === undefined && !isUnused(directory)) {
          release();
          continue;
        }
        const path = directory.slice(mountPoint.length);
        const all = [directory, ...made.reverse()].filter(isText);
        return new WorkspaceCgroup(mountPoint, path, { made: all, release });
      }
    } catch (error) {
      removeUnused(made.reverse().filter(isText));
      throw error;
    }
    throw new Error(`${user} has a hundred workspaces already: end some of them`);
  }

  /** Words that start what follows inside of it: a shell enters, then becomes that. */
  get enter(): readonly string[] {
    return ["/bin/sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', this.directory];
  }

  /** Ids of all processes in it and below. */
  get pids(): readonly number[] {
    return treeOf(this.directory).flatMap(readPids);
  }

  /** Sends a signal to all that runs in it. */
  signal(signal: NodeJS.Signals): void {
    for (const pid of this.pids) {
      try {
        process.kill(pid, signal);
      } catch (error) {
        // It has ended meanwhile.
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    }
  }

  /** Ends all that runs in it at once, then removes it and what else was made for it. Throws one line if it can't. */
  async remove(): Promise<void> {
    for (let attempt = 0; attempt < REMOVE_TRIES; attempt++) {
      this.#kill();
      removeUnused(treeOf(this.directory).reverse());
      if (!existsSync(this.directory)) {
        removeUnused(this.#made.slice(1));
        this.#release();
        return;
      }
      await setTimeout(REMOVE_WAIT_MS);
    }
    throw new Error(`${this.directory} could not be removed: something still runs in it`);
  }

  #kill(): void {
    // In one step where the kernel knows it (Linux 5.14, cgroup v2), so that nothing forks away in between.
    const kill = join(this.directory, "cgroup.kill");
    if (existsSync(kill)) writeFileSync(kill, "1");
    else this.signal("SIGKILL");
  }
}

/** What of a user's name can be the name of a folder below another one. */
function cgroupName(username: string): string {
  return username.replaceAll(/[/\0\n]/g, "_").replace(/^\.{0,2}$/, "_");
}

function makeIfMissing(directory: string): string | undefined {
  try {
    mkdirSync(directory);
    return directory;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return undefined;
    throw error;
  }
}

/** One that a run left behind that was killed: nothing runs in it. */
function isUnused(directory: string): boolean {
  return treeOf(directory).every((each) => readPids(each).length === 0);
}

/** A cgroup and all below it, each before those in it. */
function treeOf(directory: string): string[] {
  try {
    const below = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [directory, ...below.flatMap(({ name }) => treeOf(join(directory, name)))];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** A process of another PID namespace shows as 0. */
function readPids(directory: string): number[] {
  try {
    const text = readFileSync(join(directory, "cgroup.procs"), "utf8");
    return text
      .split("\n")
      .map(Number)
      .filter((pid) => pid > 0);
  } catch (error) {
    if (["ENOENT", "ENODEV"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}

/** Those that are in use, or no more there, stay as they are. */
function removeUnused(directories: readonly string[]): void {
  for (const directory of directories) {
    try {
      rmdirSync(directory);
    } catch (error) {
      if (!["EBUSY", "ENOENT", "ENOTEMPTY"].includes((error as NodeJS.ErrnoException).code ?? ""))
        throw error;
    }
  }
}

function isText(value: string | undefined): value is string {
  return value !== undefined;
}
