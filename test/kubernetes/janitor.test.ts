import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";

import { ClusterCgroup } from "./support/clusterCgroup.ts";
import { describeCluster } from "./support/describeCluster.ts";
import { until } from "./support/until.ts";

/** Starts a janitor as a cluster does, tells its pid, and waits to be killed. */
const owner = `
  const { spawn } = require("node:child_process");
  const [janitor, cgroup, directory] = process.argv.slice(1);
  const child = spawn(process.execPath, [janitor, cgroup, directory], {
    stdio: ["pipe", "ignore", "inherit"], detached: true, cwd: "/",
  });
  child.once("spawn", () => console.log(child.pid));
`;

describeCluster("the janitor of a cluster", () => {
  it("ends all of it and leaves nothing, when who started it is killed", async () => {
    const path = `/process-logging-test-janitor-${randomBytes(3).toString("hex")}`;
    const directory = mkdtempSync(join(tmpdir(), "process-logging-janitor-"));
    writeFileSync(join(directory, "file"), "");
    const cgroups = new ClusterCgroup(path).make("daemons");
    // What has left its parent and ignores signals, as a container's first process does.
    const daemon =
      'for cgroup; do echo 0 > "$cgroup/cgroup.procs"; done; trap "" TERM INT HUP; sleep 1000000';
    const running = spawn("sh", ["-c", daemon, "sh", ...cgroups], { stdio: "ignore", detached: true });
    const ended = new Promise((resolve) => running.once("exit", resolve));

    const janitor = join(import.meta.dirname, "support/janitor.ts");
    const started = spawn(process.execPath, ["-e", owner, janitor, path, directory]);
    const janitorPid = await new Promise<number>((resolve) => {
      started.stdout.once("data", (text: Buffer) => {
        resolve(Number(text.toString()));
      });
    });
    started.kill("SIGKILL");
    await ended;
    await until("the janitor has ended", () => !existsSync(`/proc/${String(janitorPid)}`));
    expect(existsSync(directory)).toBe(false);
    expect(cgroups.filter((cgroup) => existsSync(join(cgroup, "..")))).toEqual([]);
  });
});
