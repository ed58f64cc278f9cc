import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";

import { describeKernel } from "../kernel/support/describeKernel.ts";
import { FaultyDisk } from "./support/faultyDisk.ts";
import { parseLog, withArgument, type LogLine } from "./support/logLine.ts";
import { TracedHost } from "./support/tracedHost.ts";

describeKernel("the log in a file", () => {
  let host: TracedHost;
  afterEach(async () => {
    await host.close();
  });

  it("keeps a file's lines private, and stdout empty", async () => {
    host = new TracedHost();
    const file = join(host.directory, "log");
    const service = await host.trace(["--log", file]);
    await host.workspace("jessie", "main").run(["/bin/true", "marker"]);
    const { stdout, code } = await service.stop();
    expect({ stdout, code }).toEqual({ stdout: "", code: 0 });
    expect(withArgument(parseLog(readFileSync(file, "utf8")), "marker")).toHaveLength(1);
    expect(statSync(file).mode & 0o007).toBe(0);
  });

  it("holds 32 KiB of arguments whole, whatever the length of the line", async () => {
    host = new TracedHost();
    const file = join(host.directory, "log");
    const service = await host.trace(["--log", file]);
    const argument = "x".repeat(32 * 1024 - "/bin/true\0marker\0\0".length);
    await host.workspace("jessie", "main").run(["/bin/true", "marker", argument]);
    await service.stop();
    const [line] = withArgument(parseLog(readFileSync(file, "utf8")), "marker");
    expect(line?.fields.event.truncated).toBe(false);
    expect(line?.fields.event.argv).toEqual(["/bin/true", "marker", argument]);
  });

  it("holds all that the kernel kept of an argument of 100 KB: head, tail and true length", async () => {
    host = new TracedHost();
    const file = join(host.directory, "log");
    const service = await host.trace(["--log", file]);
    const argument = `begin${"x".repeat(100_000)}end`;
    await host.workspace("jessie", "main").run(["/bin/true", "marker", argument]);
    await service.stop();
    const [line] = withArgument(parseLog(readFileSync(file, "utf8")), "marker");
    const shown = line?.fields.event.argv.at(-1) ?? "";
    expect(line?.fields.event).toMatchObject({
      truncated: true,
      args_bytes: `/bin/true\0marker\0${argument}\0`.length,
    });
    expect(shown.length).toBeGreaterThan(30_000);
    expect(shown.startsWith("beginx") && shown.endsWith("xend")).toBe(true);
  });

  it("is opened anew at SIGHUP, each line in one file or the other", async () => {
    host = new TracedHost();
    const file = join(host.directory, "log");
    const service = await host.trace(["--log", file, "--log-exits"]);
    const workspace = host.workspace("jessie", "main");
    await workspace.run(["/bin/true", "before"]);
    await service.until("the first line is written", () => readFileSync(file, "utf8").includes("before"));
    renameSync(file, `${file}.1`);
    const between = workspace.sh("for i in 1 2 3 4 5 6 7 8 9; do /bin/true between $i; done");
    service.signal("SIGHUP");
    await service.said("opened the log file anew");
    await between;
    await workspace.run(["/bin/true", "after"]);
    const { code } = await service.stop();
    const [old, fresh] = [`${file}.1`, file].map((path) => parseLog(readFileSync(path, "utf8")));
    expect(code).toBe(0);
    expect(withArgument(old ?? [], "before")).toHaveLength(1);
    expect(withArgument(fresh ?? [], "after")).toHaveLength(1);
    const all = [...(old ?? []), ...(fresh ?? [])];
    expect(withArgument(all, "between")).toHaveLength(9);
    expect(all.map((line) => line.fields.event.seq)).toEqual(all.map((_, i) => i + 1));
  });

  it("goes on in the old file when SIGHUP finds no new one", async () => {
    host = new TracedHost();
    const directory = join(host.directory, "gone");
    mkdirSync(directory);
    const service = await host.trace(["--log", join(directory, "log")]);
    renameSync(directory, `${directory}.1`);
    service.signal("SIGHUP");
    await service.said("could not open the log file anew");
    await host.workspace("jessie", "main").run(["/bin/true", "marker"]);
    await service.stop();
    const log = parseLog(readFileSync(join(`${directory}.1`, "log"), "utf8"));
    expect(withArgument(log, "marker")).toHaveLength(1);
  });

  it("waits while its disk is full, and loses nothing", async () => {
    host = new TracedHost();
    const disk = join(host.directory, "disk");
    mkdirSync(disk);
    const mount = 'mount -t tmpfs -o size=256k tmpfs "$0" && exec "$@"';
    const through = ["unshare", "--mount", "--propagation", "private", "sh", "-c", mount, disk];
    const service = await host.trace(["--log", join(disk, "log"), "--log-exits"], { through });
    // The disk is seen by the service alone.
    const seen = join("/proc", String(service.pid), "root", disk);
    const ballast = join(seen, "ballast");
    writeFileSync(ballast, Buffer.alloc(200 * 1024));
    const runs = "i=0; while [ $i -lt 100 ]; do i=$((i + 1)); /bin/true marker $i; done";
    await host.workspace("jessie", "main").sh(runs);
    await service.said("the log can't be written; events wait");
    expect(service.running).toBe(true);
    rmSync(ballast);
    await service.said("the log is written again");
    const text = (): string => readFileSync(join(seen, "log"), "utf8");
    await service.until(
      "all has been written",
      () => withArgument(parseLog(text()), "marker").length === 100,
    );
    const lines = parseLog(text());
    expect(lines.map((line) => line.fields.event.seq)).toEqual(lines.map((_, i) => i + 1));
    expect((await service.stop()).code).toBe(0);
    expect(existsSync(join(disk, "log"))).toBe(false);
  });

  it("whose disk stays full at the end is given up, and what was not written is counted", async () => {
    host = new TracedHost();
    const folder = join(host.directory, "disk");
    mkdirSync(folder);
    const disk = new FaultyDisk(folder, host.directory);
    const file = join(folder, "log");
    const service = await host.trace(["--log", file], disk);
    const workspace = host.workspace("jessie", "main");
    const runs = "i=0; while [ $i -lt 50 ]; do i=$((i + 1)); /bin/true $0 $i; done";
    const log = (): LogLine[] => parseLog(readFileSync(file, "utf8"));
    await workspace.run(["/bin/sh", "-c", runs, "before"]);
    await service.until("it is written", () => withArgument(log(), "before").length === 51);
    disk.set(`errno ${String(constants.errno.ENOSPC)}`);
    await workspace.run(["/bin/sh", "-c", runs, "after"]);
    const { code, stderr } = await service.stop();
    expect(code).toBe(1);
    expect(stderr).toContain("the log can't be written; events wait");
    expect(Number(/"unsentLines":(\d+)/.exec(stderr)?.[1])).toBe(51);
    expect(log().map(({ fields }) => fields.event.argv.includes("before"))).toEqual(Array(51).fill(true));
  });
});
