import { DatabaseSync } from "node:sqlite";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

import { describeKernel } from "../kernel/support/describeKernel.ts";
import { TestBpfFileSystem } from "../kernel/support/testBpfFileSystem.ts";
import { ApiReader } from "./support/apiReader.ts";
import type { KeepingHost } from "./support/keepingHost.ts";
import { parseLog, withArgument, type LogLine } from "./support/logLine.ts";
import { TracerService, type TracerServiceOptions } from "./support/tracerService.ts";
import { useKeepingHost } from "./support/useKeepingHost.ts";

let host: KeepingHost;
useKeepingHost((made) => {
  host = made;
});

const start = (flags: readonly string[] = [], options?: TracerServiceOptions): Promise<TracerService> =>
  host.keep(["--log-exits", ...flags], options);

/** By what a service can't open a database, and what it says then. */
const unopenable = {
  "of a newer version": { pragma: "user_version", says: "of a newer service" },
  "of another program": { pragma: "application_id", says: "is a database of another program" },
};

/** Sets a pragma of the database and returns what it was. */
function setPragma(name: string, value: number): number {
  const database = new DatabaseSync(host.historyFile);
  const before = Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
  database.exec(`PRAGMA ${name} = ${String(value)}`);
  database.close();
  return before;
}

const EVENTS = new Set(["exec", "exit", "lost"]);
const seqsOf = (lines: readonly LogLine[]): number[] =>
  lines.filter(({ msg }) => EVENTS.has(msg)).map(({ fields }) => fields.event.seq);
const isIncreasing = (seqs: readonly number[]): boolean =>
  seqs.every((seq, index) => index === 0 || seq > (seqs[index - 1] ?? 0));

/** Starts a service, has it log one program, and ends it; gives all that it logged. */
async function oneRun(argument: string, end: "stop" | "kill", flags: string[] = []): Promise<LogLine[]> {
  const service = await start(flags);
  await host.exec(argument);
  await service.until("it is logged", () => withArgument(service.log, argument).length > 0);
  if (end === "stop") return parseLog((await service.stop()).stdout);
  await service.kill();
  return service.log;
}

describeKernel("numbers of events", () => {
  it.each(Object.entries(unopenable))(
    "go on over runs that can't open a database %s, and when it can be opened again",
    async (_, { pragma, says }) => {
      const first = await start();
      const reader = await ApiReader.open({ socketPath: host.socketPath }, { query: "?since=0" });
      await host.exec("a");
      await reader.until("it is told", () => reader.execs.includes("a"));
      const { run } = reader.of("hello")[0]?.node ?? { run: "" };
      const through = reader.of("events").at(-1)?.through ?? 0;
      await reader.end();
      const lines = parseLog((await first.stop()).stdout);
      const kept = seqsOf(lines).at(-1) ?? 0;
      const before = setPragma(pragma, 99);

      // Ended as it should, no number is left out.
      lines.push(...(await oneRun("b", "stop")));
      expect(seqsOf(lines)).toEqual(seqsOf(lines).map((__, index) => index + 1));
      const without = await start();
      expect(without.stderr).toContain("there is no history");
      expect(without.stderr).toContain(says);
      await without.said("numbers of events go on");
      await host.exec("c");
      await without.until("it is logged", () => withArgument(without.log, "c").length > 0);
      await without.kill();
      lines.push(...without.log);
      // After a crash without a history nobody knows how many of the reserved ones were given.
      const crashed = await start();
      await crashed.said("the run before did not end properly: numbers go on behind those");
      await host.exec("d");
      await crashed.until("it is logged", () => withArgument(crashed.log, "d").length > 0);
      lines.push(...parseLog((await crashed.stop()).stdout));

      setPragma(pragma, before);
      const last = await start();
      const again = await ApiReader.open(
        { socketPath: host.socketPath },
        { query: `?since=${String(through)}&run=${run}` },
      );
      await host.exec("e");
      await again.until("it is told", () => again.execs.includes("e"));
      const firstSeq = again.of("hello")[0]?.firstSeq;
      // A client of the first run is told that it missed some, and not how many.
      expect(again.of("gap")).toMatchObject([
        { reason: "not_kept", firstSeq: kept + 1, lastSeq: (firstSeq ?? 0) - 1 },
      ]);
      expect(again.of("gap")[0]?.events).toBe(undefined);
      await again.end();
      const ended = parseLog((await last.stop()).stdout);
      expect(seqsOf(ended)[0]).toBe(firstSeq);
      lines.push(...ended);
      for (const argument of ["a", "b", "c", "d", "e"]) expect(withArgument(lines, argument)).toHaveLength(1);
      expect(isIncreasing(seqsOf(lines))).toBe(true);
      const verified = await TracerService.run(["verify", "--state-dir", host.stateDir]);
      expect(verified.stdout).not.toContain("WRONG");
      expect(verified.code).toBe(0);
    },
  );

  it.each(["stop", "kill"] as const)("go on in the place of a damaged database after a %s", async (end) => {
    const lines = await oneRun("a", end);
    writeFileSync(host.historyFile, "damaged ".repeat(2_000));
    // From which it could be made whole again.
    rmSync(`${host.historyFile}-wal`, { force: true });
    lines.push(...(await oneRun("b", "stop")));
    lines.push(...(await oneRun("c", "stop")));
    expect(isIncreasing(seqsOf(lines))).toBe(true);
    expect(withArgument(host.keptLines(), "c")).toHaveLength(1);
  });

  it("go on after a crash where the history could not be written", async () => {
    const service = await start();
    await host.exec("a");
    await service.until("it is logged", () => withArgument(service.log, "a").length > 0);
    // Of the test's own: a row that every batch will need.
    const database = new DatabaseSync(host.historyFile, { timeout: 5_000 });
    database.exec(
      "CREATE TRIGGER full BEFORE INSERT ON batch BEGIN SELECT raise(ABORT, 'no more of this'); END",
    );
    await host.exec("b");
    await service.said("the history can't be written");
    await host.exec("c");
    await service.until("it is logged", () => withArgument(service.log, "c").length > 0);
    await service.kill();
    const lines = service.log;
    database.exec("DROP TRIGGER full");
    database.close();
    lines.push(...(await oneRun("d", "stop")));
    expect(isIncreasing(seqsOf(lines))).toBe(true);
    expect(withArgument(host.keptLines(), "d")).toHaveLength(1);
  });

  it("stay those of the service that has them, whatever a second one does", async () => {
    const first = await start();
    const second = await host.trace(["--state-dir", host.stateDir, "--log-exits"]);
    await second.said("numbers of events can't be reserved, and other runs may have the same");
    await second.said("numbers of events begin at 1: tell events apart by their run and number");
    await host.exec("a");
    await second.until("it is logged", () => withArgument(second.log, "a").length > 0);
    await second.stop();
    const lines = parseLog((await first.stop()).stdout);
    lines.push(...(await oneRun("b", "stop")));
    expect(seqsOf(lines)).toEqual(seqsOf(lines).map((_, index) => index + 1));
  });

  it("are removed with the history, and not under a service that has no history", async () => {
    await (await start()).stop();
    setPragma("user_version", 99);
    const service = await start(["--no-log-chain"]);
    const uninstall = ["uninstall", "--pin-dir", join(host.directory, "none"), "--purge"];
    expect(await host.command(...uninstall)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("another service keeps its numbers") as string,
    });
    await service.stop();
    expect(await host.command(...uninstall)).toMatchObject({ code: 0, stderr: "" });
    expect(existsSync(host.stateDir)).toBe(false);
  });

  it("begin anew where nothing can be kept, which is said", async () => {
    mkdirSync(host.stateDir, { mode: 0o700 });
    const mount = 'mount -t tmpfs -o ro,mode=0700 tmpfs "$0" && exec "$@"';
    const through = ["unshare", "--mount", "--propagation", "private", "sh", "-c", mount, host.stateDir];
    const service = await start([], { through });
    await service.said("numbers of events can't be reserved, and other runs may have the same");
    await service.said("numbers of events begin at 1: tell events apart by their run and number");
    const reader = await ApiReader.open({ socketPath: host.socketPath });
    await reader.until("it is greeted", () => reader.of("hello").length > 0);
    expect(reader.of("hello")).toMatchObject([{ firstSeq: 1, latestSeq: 0 }]);
    await reader.end();
    await service.stop();
  });

  it("go on with pinned programs and no database, after a boot took the pins away, too", async () => {
    const bpffs = new TestBpfFileSystem();
    try {
      const lines = await oneRun("a", "stop", ["--pin-dir", bpffs.pinDirectory]);
      setPragma("user_version", 99);
      lines.push(...(await oneRun("b", "stop", ["--pin-dir", bpffs.pinDirectory])));
      expect(seqsOf(lines)).toEqual(seqsOf(lines).map((_, index) => index + 1));
      lines.push(...(await oneRun("c", "kill", ["--pin-dir", bpffs.pinDirectory])));
      await TracerService.run([
        ...["uninstall", "--pin-dir", bpffs.pinDirectory],
        ...["--state-dir", join(host.directory, "none")],
      ]);
      lines.push(...(await oneRun("d", "stop", ["--pin-dir", bpffs.pinDirectory])));
      expect(isIncreasing(seqsOf(lines))).toBe(true);
    } finally {
      bpffs.remove();
    }
  });
});
