import { execFileSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";

import { describeWhere } from "../kernel/support/describeKernel.ts";
import { parseLog, withArgument } from "../service/support/logLine.ts";
import { until } from "../service/support/until.ts";
import { TestCgroup } from "../kernel/support/testCgroup.ts";
import { hasProgram } from "./support/hasProgram.ts";
import { SystemdHost } from "./support/systemdHost.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const LOG = "/var/log/process-logging/processes.json";
const UNIT = "process-logging.service";
const DROP_IN = `/etc/systemd/system/${UNIT}.d/test.conf`;
const LOOKS = 300;
const LOOK_MS = 100;

function packageObstacle(): string | undefined {
  if (!hasProgram("debootstrap"))
    return "debootstrap is not installed (Debian and Ubuntu: apt-get install debootstrap)";
  return hasProgram("dpkg-deb") ? undefined : "there is no dpkg-deb, which only Debian and Ubuntu have";
}

describeWhere(packageObstacle, "the Debian package on a host of its own", () => {
  let host: SystemdHost;
  /** Beside what the host's systemd cares for. */
  let users: TestCgroup;
  let workspace: TestCgroup;
  let before: string[];

  const logged = (marker: string): number => withArgument(parseLog(host.read(LOG)), marker).length;
  const mainPid = async (): Promise<number> =>
    Number(await host.succeed("systemctl", "show", "--property=MainPID", "--value", UNIT));

  beforeAll(async () => {
    execFileSync(process.execPath, [join(root, "scripts/packageDebian.mjs")], { stdio: "ignore" });
    const [file] = globSync(join(root, "dist/process-logging_*.deb"));
    if (file === undefined) throw new Error("no package was made");
    host = new SystemdHost();
    before = host.files();
    users = host.neighbour("users");
    host.copy(file, "/root/process-logging.deb");
    await host.boot();
    workspace = new TestCgroup(users.directory, "jessie/main");
  }, 600_000);

  afterAll(async () => {
    await users.remove();
    await host.close();
  });

  it("installs, and traces as a user of its own with four capabilities", async () => {
    await host.succeed("dpkg", "-i", "/root/process-logging.deb");
    const show = await host.succeed("systemctl", "show", "--property=ActiveState,StatusText,User", UNIT);
    expect(show.trim().split("\n").sort()).toEqual([
      "ActiveState=active",
      "StatusText=tracing",
      "User=process-logging",
    ]);
    const status = await host.succeed("cat", `/proc/${String(await mainPid())}/status`);
    // CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE, CAP_PERFMON and CAP_BPF, whatever it may try.
    expect(/^CapBnd:\s*(\w+)$/m.exec(status)?.[1]).toBe("000000c000080004");
    expect(/^NoNewPrivs:\s*(\d)$/m.exec(status)?.[1]).toBe("1");
    expect(/^Seccomp:\s*(\d)$/m.exec(status)?.[1]).toBe("2");
  });

  it("logs by the settings in /etc/default, and its group may read", async () => {
    const rules = `rules:\n  - cgroup: ${users.path}/{username}/{workspace_name}\n`;
    host.write("/etc/process-logging.yaml", rules);
    host.write("/etc/default/process-logging", 'TRACER_OPTIONS="--rules /etc/process-logging.yaml"\n');
    await host.succeed("systemctl", "restart", UNIT);
    await workspace.run(["/bin/true", "marker-settings"]);
    await until("the program is logged", () => logged("marker-settings") === 1);
    const modes = await host.succeed("stat", "--format=%A %U %G", LOG, "/run/process-logging/tracer.sock");
    expect(modes.trim().split("\n")).toEqual([
      "-rw-r----- process-logging process-logging",
      "srw-rw---- process-logging process-logging",
    ]);
  });

  it("goes on in a new file when the log is rotated, and no line is lost", async () => {
    await host.succeed("logrotate", "--force", "/etc/logrotate.d/process-logging");
    expect(withArgument(parseLog(host.read(`${LOG}.1`)), "marker-settings")).toHaveLength(1);
    // Logrotate makes it, and the service opens it a moment later: until then lines go to the old one.
    let runs = 0;
    await until("the new file is written", () => {
      runs++;
      void workspace.run(["/bin/true", "marker-rotated"]);
      return logged("marker-rotated") > 0;
    });
    const files = (): number =>
      [LOG, `${LOG}.1`].reduce(
        (n, file) => n + withArgument(parseLog(host.read(file)), "marker-rotated").length,
        0,
      );
    await until("all programs are logged", () => files() === runs);
  });

  it("rotates what grows too fast for logrotate's own timer, which comes once a day", async () => {
    expect((await host.succeed("systemctl", "is-active", "process-logging-rotate.timer")).trim()).toBe(
      "active",
    );
    const runs = 20;
    const large = (size: string): Promise<string> =>
      host.succeed("sed", "-i", `s/maxsize .*/maxsize ${size}/`, "/etc/logrotate.d/process-logging");
    await large("1k");
    for (let run = 0; run < runs; run++) await workspace.run(["/bin/true", "marker-large"]);
    await until("the programs are logged", () => logged("marker-large") === runs);
    await host.succeed("systemctl", "start", "process-logging-rotate.service");
    expect(withArgument(parseLog(host.read(`${LOG}.1`)), "marker-large")).toHaveLength(runs);
    await large("1G");
    // Once a day and not more often.
    await host.succeed("systemctl", "start", "process-logging-rotate.service");
    expect(withArgument(parseLog(host.read(`${LOG}.1`)), "marker-large")).toHaveLength(runs);
  });

  it("misses nothing while it is installed anew", async () => {
    const installed = new AbortController();
    let runs = 0;
    const load = (async (): Promise<void> => {
      for (; !installed.signal.aborted; runs++) await workspace.run(["/bin/true", "marker-update"]);
    })();
    await host.succeed("dpkg", "-i", "/root/process-logging.deb");
    installed.abort();
    await load;
    await until("all programs are logged", () => logged("marker-update") >= runs);
    expect(logged("marker-update")).toBe(runs);
  });

  it("is sealed by root, who keeps the first key elsewhere", async () => {
    const key = await host.succeed("tracer-service", "seal");
    expect(key).toMatch(/^[0-9a-f]{64}\n$/);
    host.write("/root/first-key", key);
    await host.succeed("systemctl", "restart", UNIT);
    await workspace.run(["/bin/true", "marker-sealed"]);
    await until("the program is logged", () => logged("marker-sealed") === 1);
    await host.succeed("systemctl", "stop", UNIT);
    const history = await host.succeed("tracer-service", "verify", "--key-file", "/root/first-key");
    expect(history).toMatch(/^[1-9]\d* seals; 0 batches after the last one are not sealed yet$/m);
    expect(history).toContain("nothing wrong was found");
    const log = await host.succeed("tracer-service", "verify", "--key-file", "/root/first-key", LOG);
    expect(log).toMatch(/^[1-9]\d* seals/m);
    const owners = await host.succeed("find", "/var/lib/process-logging", "-printf", "%u\\n");
    expect(new Set(owners.trim().split("\n"))).toEqual(new Set(["process-logging"]));
    await host.succeed("systemctl", "start", UNIT);
  });

  it("logs what ran while it was stopped", async () => {
    await host.succeed("systemctl", "stop", UNIT);
    await workspace.run(["/bin/true", "marker-stopped"]);
    await host.succeed("systemctl", "start", UNIT);
    await until("the program is logged", () => logged("marker-stopped") === 1);
  });

  it.each([
    { name: "is killed", signal: "KILL" },
    { name: "shows no sign of life", signal: "STOP" },
  ])("is started anew when it $name", async ({ signal }) => {
    host.write(DROP_IN, "[Service]\nWatchdogSec=2\n");
    await host.succeed("systemctl", "daemon-reload");
    await host.succeed("systemctl", "restart", UNIT);
    const pid = await mainPid();
    await host.succeed("systemctl", "kill", `--signal=${signal}`, UNIT);
    let now = pid;
    for (let look = 0; look < LOOKS && (now === pid || now === 0); look++) {
      await setTimeout(LOOK_MS);
      now = await mainPid();
    }
    expect(now).not.toBe(pid);
    await host.succeed("systemctl", "start", UNIT);
    await workspace.run(["/bin/true", `marker-${signal}`]);
    await until("the program is logged", () => logged(`marker-${signal}`) === 1);
  });

  it("forgets everything when root asks for it, and begins anew", async () => {
    await host.succeed("systemctl", "stop", UNIT);
    const said = await host.succeed(
      ...["tracer-service", "uninstall", "--purge", "--pin-dir", "/sys/fs/bpf/process-logging"],
    );
    expect(said).toContain("removed the history in /var/lib/process-logging");
    await host.succeed("systemctl", "start", UNIT);
    await workspace.run(["/bin/true", "marker-anew"]);
    await until("the program is logged", () => logged("marker-anew") === 1);
  });

  it("leaves nothing when it is purged", async () => {
    await host.succeed("test", "-d", "/sys/fs/bpf/process-logging");
    await host.succeed("dpkg", "--purge", "process-logging");
    await host.succeed("test", "!", "-e", "/sys/fs/bpf/process-logging");
    await host.succeed(
      "rm",
      "-r",
      "/root/process-logging.deb",
      "/root/first-key",
      "/etc/process-logging.yaml",
      dirname(DROP_IN),
    );
    expect((await host.run("systemctl", "is-active", UNIT)).stdout.trim()).toBe("inactive");
    expect((await host.run("getent", "passwd", "process-logging")).code).not.toBe(0);
    const made = host.files().filter((path) => !before.includes(path));
    expect(made.filter((path) => path.includes("process-logging"))).toEqual([]);
    expect(existsSync(join(host.root, "var/log/process-logging"))).toBe(false);
  });
});
