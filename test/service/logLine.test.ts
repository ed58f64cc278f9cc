import { hostname } from "node:os";
import { afterEach, expect, it } from "vitest";

import { describeKernel } from "../kernel/support/describeKernel.ts";
import { parseTimestamp, withArgument } from "./support/logLine.ts";
import { TracedHost } from "./support/tracedHost.ts";

describeKernel("the log line on stdout", () => {
  let host: TracedHost;
  afterEach(async () => {
    await host.close();
  });

  it("has the contract's keys, types and meanings", async () => {
    host = new TracedHost();
    const service = await host.trace();
    const beforeNs = BigInt(Date.now()) * 1_000_000n;
    const asUser = ["setpriv", "--reuid", "101000", "--regid", "101000", "--clear-groups"];
    const shell = ["/bin/bash", "-c", "/usr/bin/uname -a > /dev/null & echo $!; wait"];
    const ran = await host.workspace("jessie", "main").run([...asUser, ...shell]);
    await service.until("the exec is logged", () => withArgument(service.log, "-a").length > 0);
    const afterNs = (BigInt(Date.now()) + 1n) * 1_000_000n;

    const [line] = withArgument(service.log, "-a");
    expect(line).toMatchObject({
      level: "INFO",
      msg: "exec",
      caller: expect.any(String) as string,
      func: expect.any(String) as string,
      fields: {
        cmdline: "/usr/bin/uname -a",
        event: {
          filename: "/usr/bin/uname",
          argv: ["/usr/bin/uname", "-a"],
          truncated: false,
          pid: Number(ran.stdout),
          uid: 101_000,
          gid: 101_000,
          comm: "bash",
        },
      },
    });
    expect(Object.keys(line ?? {})).toEqual(["ts", "level", "msg", "caller", "func", "fields"]);
    // Labels that are not known are left out.
    expect(line?.fields.labels).toEqual({ username: "jessie", workspace_name: "main" });
    const timeNs = parseTimestamp(line?.ts ?? "");
    expect(timeNs >= beforeNs && timeNs <= afterNs, `${String(line?.ts)} is the time of the exec`).toBe(true);
  });

  it("tells the new facts under keys of their own", async () => {
    host = new TracedHost();
    const service = await host.trace();
    const workspace = host.workspace("jessie", "main");
    await workspace.run(["/bin/true", "facts"], { cwd: "/usr" });
    await service.until("the exec is logged", () => withArgument(service.log, "facts").length > 0);
    const [line] = withArgument(service.log, "facts");
    expect(line?.fields).toMatchObject({ attribution: "cgroup", node: hostname() });
    expect(line?.fields.event).toMatchObject({
      exe: "/usr/bin/true",
      cwd: "/usr",
      cgroup: workspace.path,
      args_bytes: "/bin/true\0facts\0".length,
      arg_count: 2,
    });
  });

  it("numbers all lines without a hole, whoever they belong to", async () => {
    host = new TracedHost();
    const service = await host.trace(["--log-exits"]);
    const workspaces = ["jessie", "eve"].map((username) => host.workspace(username, "main"));
    await Promise.all(
      workspaces.map((workspace) => workspace.sh("for i in 1 2 3 4 5; do /bin/true $i; done")),
    );
    await service.stop();
    expect(service.log.length).toBeGreaterThan(20);
    expect(service.log.map((line) => line.fields.event.seq)).toEqual(service.log.map((_, i) => i + 1));
  });

  it("is for workspaces only: what runs outside of them is not logged", async () => {
    host = new TracedHost();
    const service = await host.trace();
    await host.cgroup("no-workspace").run(["/bin/true", "outside"]);
    await host.workspace("jessie", "main").run(["/bin/true", "inside"]);
    await service.stop();
    expect(withArgument(service.log, "inside")).toHaveLength(1);
    expect(withArgument(service.log, "outside")).toHaveLength(0);
  });

  it.each([
    { what: "an exit code", script: "/bin/sh -c 'exit 7' marker; true", event: { exit_code: 7 } },
    { what: "a signal", script: "/bin/sh -c 'kill -9 $$' marker; true", event: { signal: 9 } },
  ])("with --log-exits tells $what and the duration", async ({ script, event }) => {
    host = new TracedHost();
    const service = await host.trace(["--log-exits"]);
    await host.workspace("jessie", "main").sh(script);
    await service.stop();
    const [exec] = withArgument(service.log, "marker");
    const exit = service.log.find(
      (line) => line.msg === "exit" && line.fields.event["exec_id"] === exec?.fields.event["exec_id"],
    );
    expect(exit).toMatchObject({
      level: "INFO",
      fields: { labels: { username: "jessie", workspace_name: "main" }, event },
    });
    expect(exit?.fields.event["duration_ns"]).toBeGreaterThan(0);
  });

  it("without --log-exits tells of execs only", async () => {
    host = new TracedHost();
    const service = await host.trace();
    await host.workspace("jessie", "main").sh("/bin/true 1; /bin/true 2");
    await service.stop();
    expect(new Set(service.log.map((line) => line.msg))).toEqual(new Set(["exec"]));
  });

  it("with --format columns is text for people, hostile bytes made visible", async () => {
    host = new TracedHost();
    const service = await host.trace(["--format", "columns"]);
    await host.workspace("jessie", "main").run(["/bin/true", "red\u001b[31m", "two\nlines"]);
    const { stdout } = await service.stop();
    const rows = stdout.trimEnd().split("\n");
    expect(rows.filter((row) => row.includes("red"))).toHaveLength(1);
    expect(rows.find((row) => row.includes("red"))).toMatch(/jessie.*main.*\/bin\/true/);
    expect(stdout).not.toContain("\u001b");
    expect(rows.find((row) => row.startsWith("lines"))).toBeUndefined();
  });

  it("is at most 16,000 bytes on stdout: a longer argument is cut, and its end kept", async () => {
    host = new TracedHost();
    const service = await host.trace();
    const argument = `begin${"\u00e4".repeat(50_000)}end`;
    await host.workspace("jessie", "main").run(["/bin/true", "marker", argument]);
    await service.until("the exec is logged", () => withArgument(service.log, "marker").length > 0);
    const text = service.stdout.split("\n").find((candidate) => candidate.includes("marker")) ?? "";
    const [line] = withArgument(service.log, "marker");
    expect(Buffer.byteLength(`${text}\n`)).toBeLessThanOrEqual(16_000);
    expect(Buffer.byteLength(text)).toBeGreaterThan(8000);
    expect(line?.fields.event).toMatchObject({
      truncated: true,
      args_bytes: Buffer.byteLength(`/bin/true\0marker\0${argument}\0`),
    });
    const shown = line?.fields.event.argv.at(-1);
    expect(shown?.startsWith("begin\u00e4")).toBe(true);
    expect(shown?.endsWith("\u00e4end")).toBe(true);
  });

  it("has the length that --max-line-bytes sets", async () => {
    host = new TracedHost();
    const service = await host.trace(["--max-line-bytes", "4000"]);
    await host.workspace("jessie", "main").run(["/bin/true", "marker", "x".repeat(20_000)]);
    await service.stop();
    const lengths = service.stdout.split("\n").map((line) => Buffer.byteLength(line) + 1);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(4000);
    expect(Math.max(...lengths)).toBeGreaterThan(2000);
    expect(withArgument(service.log, "marker")).toHaveLength(1);
  });
});
