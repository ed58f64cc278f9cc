import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { findHierarchies } from "../../../tracer-service/cgroup/hierarchies.ts";
import { finished, type Finished, TestCgroup } from "../../kernel/support/testCgroup.ts";
import { makeDebianRoot } from "./debianRoot.ts";

const LOOKS = 600;
const LOOK_MS = 100;

/** What a booted system finds below its root: $0. Its cgroups are the host's, so that it sees paths from the root. */
const boot = `
mount --bind "$0" "$0" && cd "$0" &&
mount -t proc proc proc && mount -t sysfs sysfs sys && mount -t cgroup2 cgroup2 sys/fs/cgroup &&
mount -t tmpfs tmpfs run && mount -t tmpfs tmpfs dev && mkdir dev/pts dev/shm && ln -s pts/ptmx dev/ptmx || exit
for device in null zero full random urandom tty; do
  : > dev/$device && mount --bind /dev/$device dev/$device || exit
done
pivot_root . mnt && umount -l /mnt || exit
exec env -i container=test PATH=/usr/sbin:/usr/bin /lib/systemd/systemd
`;

/**
 * A Debian that systemd runs, in namespaces and a cgroup of its own on this kernel: the nearest to a host that a test
 * can install packages on. Nothing of it is left after `close`.
 */
export class SystemdHost {
  /** Its root file system, seen from the test. */
  readonly root = makeDebianRoot();
  readonly #cgroup: TestCgroup;
  readonly #mountPoint: string;
  #system: ChildProcess | undefined;
  #pid: number | undefined;

  constructor() {
    const [hierarchy] = findHierarchies().visible;
    if (hierarchy === undefined) throw new Error("this machine shows no cgroup hierarchy");
    this.#mountPoint = hierarchy.mountPoint;
    this.#cgroup = new TestCgroup(this.#mountPoint, `/wpl-test-${randomBytes(6).toString("hex")}`);
  }

  /** Makes a cgroup beside its own, which its systemd knows nothing of; the caller removes it. */
  neighbour(name: string): TestCgroup {
    return new TestCgroup(this.#mountPoint, `${this.#cgroup.path}-${name}`);
  }

  /** Starts systemd and resolves once its units have been started. */
  async boot(): Promise<void> {
    const namespaces = ["--mount", "--propagation", "private", "--pid", "--uts", "--ipc", "--net"];
    this.#system = this.#cgroup.start([
      "unshare",
      ...namespaces,
      "--fork",
      "--kill-child",
      "sh",
      "-c",
      boot,
      this.root,
    ]);
    let said = "";
    this.#system.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
    for (let look = 0; look < LOOKS; look++) {
      this.#pid ??= this.#findSystemd();
      if (this.#pid !== undefined) {
        const { stdout } = await this.run("systemctl", "is-system-running");
        // Some units of a Debian can't run in a container: that is no matter here.
        if (["running", "degraded"].includes(stdout.trim())) return;
      }
      await setTimeout(LOOK_MS);
    }
    throw new Error(`systemd did not come up: ${said}`);
  }

  /** Runs a program on it; before `boot` merely below its root. */
  async run(...argv: string[]): Promise<Finished> {
    const through =
      this.#pid === undefined
        ? ["chroot", this.root]
        : [
            "nsenter",
            "--target",
            String(this.#pid),
            "--mount",
            "--pid",
            "--uts",
            "--ipc",
            "--net",
            "--root",
            "--wd",
            "--",
          ];
    const [program = "", ...args] = [...through, "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", ...argv];
    return await finished(spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] }));
  }

  /** Runs a program that has to end well; returns what it wrote. */
  async succeed(...argv: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...argv);
    if (code !== 0) throw new Error(`${argv.join(" ")} failed: ${stderr}${stdout}`);
    return stdout;
  }

  /** Puts a file of the test into it. */
  copy(from: string, to: string): void {
    cpSync(from, join(this.root, to));
  }

  write(path: string, content: string): void {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  /** A file's content; empty while it does not exist. */
  read(path: string): string {
    const file = join(this.root, path);
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  /** Everything there is, by path, without what the kernel shows and what package managers keep for themselves. */
  files(): string[] {
    return execFileSync("find", [this.root, "-xdev", "-mindepth", "1", "-printf", "/%P\\n"], {
      encoding: "utf8",
    })
      .split("\n")
      .filter(
        (path) => !/^\/(?:var\/(?:lib\/(?:dpkg|apt|systemd)|cache|log)|run|tmp|proc|sys|dev)\//.test(path),
      )
      .sort();
  }

  async close(): Promise<void> {
    await this.#cgroup.remove();
    if (this.#system !== undefined && this.#system.exitCode === null && this.#system.signalCode === null) {
      await new Promise((resolve) => this.#system?.once("close", resolve));
    }
    rmSync(this.root, { recursive: true, force: true });
  }

  /** The first process of its PID namespace. */
  #findSystemd(): number | undefined {
    const init = join(this.#cgroup.directory, "init.scope/cgroup.procs");
    if (!existsSync(init)) return undefined;
    const [pid] = readFileSync(init, "utf8")
      .split("\n")
      .map(Number)
      .filter((each) => each > 0 && isSystemd(each));
    return pid;
  }
}

/** What comes before systemd may end meanwhile. */
function isSystemd(pid: number): boolean {
  try {
    return readFileSync(`/proc/${String(pid)}/comm`, "utf8").trim() === "systemd";
  } catch {
    return false;
  }
}
