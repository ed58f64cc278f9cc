import { randomBytes } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { expect, it, vi } from "vitest";

import { HistoryStore } from "../../tracer-service/history/historyStore.ts";
import { verifyHistory } from "../../tracer-service/history/verifyHistory.ts";
import { Random } from "../fuzz/support/random.ts";
import { describeKernel } from "../kernel/support/describeKernel.ts";
import { recordFault } from "../soak/recordFault.ts";
import { soakPlan, soakTimeout } from "../soak/soakPlan.ts";
import { ApiReader, ask, refusalCode } from "./support/apiReader.ts";
import { readDiskJournal, UnsyncedDisk, type DiskImage } from "./support/diskJournal.ts";
import { FaultyDisk } from "./support/faultyDisk.ts";
import type { KeepingHost } from "./support/keepingHost.ts";
import { numbersOf, parseLog, withArgument } from "./support/logLine.ts";
import { until } from "./support/until.ts";
import { useKeepingHost } from "./support/useKeepingHost.ts";

const PAGE_BYTES = 4_096;

describeKernel("a history on a disk that fails", () => {
  let host: KeepingHost;
  useKeepingHost((made) => {
    host = made;
  });

  const history = async (): Promise<number> => {
    const { stdout } = await host.command("history", "--json", "--grep", "/bin/true n");
    return stdout.split("\n").length - 1;
  };

  it("that is slow is told, holds up no log, and loses nothing", async () => {
    const disk = new FaultyDisk(host.stateDir, host.directory);
    const service = await host.keep([], disk);
    const reader = await ApiReader.open(host, { query: "?events=none" });
    disk.set("slow 4000");
    await host.execs(300, "n");
    await service.until("the log has all", () => withArgument(service.log, "n300").length > 0);
    await reader.until("it is told how far the history is behind", () =>
      reader.of("node").some(({ node }) => (node.historyBehindSeconds ?? 0) >= 2),
    );
    expect(await host.metric("process_logging_log_blocked_seconds")).toBeLessThan(2);
    disk.set("");
    await reader.until(
      "it has caught up",
      () => reader.of("node").at(-1)?.node.historyBehindSeconds === undefined,
    );
    expect(await host.metric("process_logging_history_longest_write_seconds")).toBeGreaterThan(3.9);
    await reader.end();
    await service.stop();
    const kept = await history();
    expect(kept).toBe(300);
    recordFault({ fault: "disk slow: each sync takes 4 s", rounds: 1, executed: 300, logged: kept });
  });

  it("that takes nothing costs nobody but the one who floods, whose events are counted", async () => {
    const disk = new FaultyDisk(host.stateDir, host.directory);
    const service = await host.keep(["--exec-budget", "0", "--ring-size", "64", "--log", "none"], disk);
    const untilExecs = (count: number): Promise<unknown> =>
      vi.waitFor(
        async () => {
          expect(await host.metric('process_logging_events_total\\{kind="exec"\\}')).toBe(count);
        },
        { timeout: 20_000, interval: 100 },
      );
    disk.set("hold");
    // More than may wait, in lines of 60 KB; and each program of a workspace is one of its shell's.
    const flood = 'i=0; while [ $i -lt 600 ]; do i=$((i + 1)); /bin/true "m$i" "$1"; done';
    await Promise.all([
      host.workspace("mallory", "main").sh(flood, "x".repeat(30_000)),
      host.execs(200, "meanwhile"),
    ]);
    await host.execs(50, "after");
    await untilExecs(601 + 201 + 51);
    await service.said("the history can't be written");
    expect(await host.metric("process_logging_history_waiting_bytes")).toBeLessThan(33_554_432);
    disk.set("");
    await service.said("the history is written again");
    const skipped = await host.metric('process_logging_history_missing_total\\{reason="slow"\\}');
    const { body } = await ask(host, "/v1/events?username=mallory&grep=nothing");
    await service.stop();
    const lines = host.keptLines();
    const of = (username: string): number =>
      lines.filter(({ fields }) => fields.labels["username"] === username).length;
    expect(of("jessie")).toBe(2 * (201 + 51));
    expect(skipped).toBeGreaterThan(100);
    expect(of("mallory") + skipped).toBe(2 * 601);
    const end = JSON.parse(body.trimEnd().split("\n").at(-1) ?? "") as { readonly gaps: readonly unknown[] };
    expect(end.gaps).toMatchObject([{ events: skipped }]);
    expect(await host.command("verify")).toMatchObject({ code: 0 });
  }, 60_000);

  it.each([
    ["read-only", "EROFS", constants.errno.EROFS],
    ["full", "ENOSPC", constants.errno.ENOSPC],
    ["broken", "EIO", constants.errno.EIO],
  ])(
    "that turns %s is told, and what is missing is counted, until it can be written again",
    async (what, name, errno) => {
      const disk = new FaultyDisk(host.stateDir, host.directory);
      const service = await host.keep([], disk);
      const reader = await ApiReader.open(host, { query: "?events=none" });
      await host.execs(50, "a");
      await service.until("the log has all", () => withArgument(service.log, "a50").length > 0);
      disk.set(`errno ${String(errno)}`);
      await host.execs(50, "b");
      await service.said("the history can't be written");
      await reader.until("it is told", () =>
        reader.of("node").some(({ node }) => node.historyFailing === true),
      );
      disk.set("");
      await host.execs(50, "c");
      await service.said("the history is written again");
      await reader.until(
        "it is told that all is well",
        () => reader.of("node").at(-1)?.node.historyFailing !== true,
      );
      const missing = await host.metric('process_logging_history_missing_total\\{reason="write_failed"\\}');
      expect(missing).toBeGreaterThan(0);
      expect(withArgument(service.log, "b50").length + withArgument(service.log, "c50").length).toBe(2);
      const kinds = ["exec", "exit"].map((kind) =>
        host.metric(`process_logging_events_total\\{kind="${kind}"\\}`),
      );
      const [execsLogged = 0, exits = 0] = await Promise.all(kinds);
      const all = execsLogged + exits;
      await reader.end();
      await service.stop();
      const { stdout } = await host.command("history", "--json", "--exits");
      const kept = stdout.split("\n").length - 1;
      expect(kept + missing).toBe(all);
      const lost = `${String(missing)} missing in the history, counted; none in the log`;
      recordFault({ fault: `disk turns ${what} (${name})`, rounds: 1, executed: all, logged: kept, lost });
    },
  );

  it("that damages it while the service runs is told: it is put aside, and a new one tells what is not in it", async () => {
    const service = await host.keep();
    await host.execs(50, "a");
    await service.until("the log has all", () => withArgument(service.log, "a50").length > 0);
    await until("all is kept", () => withArgument(host.keptLines(), "a50").length === 1);
    overwritePages(host.historyFile);
    await host.execs(50, "b");
    await service.said("the history is damaged: it was put aside");
    await until("all is kept", () => withArgument(host.keptLines(), "b50").length === 1);
    const { body } = await ask(host, "/v1/events");
    const end = JSON.parse(body.trimEnd().split("\n").at(-1) ?? "") as { readonly gaps: readonly unknown[] };
    const firstKept = host.kept()[0]?.seq ?? 0;
    expect(end.gaps).toEqual([{ firstSeq: 1, lastSeq: firstKept - 1 }]);
    const { stdout, stderr } = await service.stop();
    expect(stderr).toContain(`${host.historyFile}.damaged`);
    expect(existsSync(`${host.historyFile}.damaged`)).toBe(true);
    // The log has all, under numbers that went on.
    const seqs = numbersOf(parseLog(stdout));
    expect(withArgument(parseLog(stdout), "b50")).toHaveLength(1);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    const missing = host.missing();
    expect(missing.map(({ firstSeq, lastSeq }) => [firstSeq, lastSeq])).toEqual([[1, firstKept - 1]]);
    expect((await host.command("verify")).code).toBe(0);
  });

  it("that damages old events only is told to who reads them, and the service goes on", async () => {
    const service = await host.keep();
    await host.workspace("jessie", "main").run(["/bin/true", "old", randomBytes(20_000).toString("hex")]);
    await host.exec("new");
    await service.until("the log has all", () => withArgument(service.log, "new").length > 0);
    await until("all is kept", () => withArgument(host.keptLines(), "new").length === 1);
    overwriteChunk(host.historyFile);
    expect(refusalCode(await ask(host, "/v1/events"))).toBe("no_history");
    await service.said("the history can't be read");
    expect(service.stderr).toContain("the history is damaged and can't be read to its end");
    const command = await host.command("history");
    expect(command.code).toBe(1);
    expect(command.stderr).toBe("tracer-service: the history is damaged and can't be read to its end\n");
    expect(await host.command("verify")).toMatchObject({ code: 1 });
    await host.exec("newest");
    await service.until("it is logged", () => withArgument(service.log, "newest").length > 0);
    expect((await service.stop()).code).toBe(0);
  });

  it("that is read-only from the start leaves the log", async () => {
    mkdirSync(host.stateDir, { mode: 0o700 });
    const mount = 'mount -t tmpfs -o ro,mode=0700 tmpfs "$0" && exec "$@"';
    const through = ["unshare", "--mount", "--propagation", "private", "sh", "-c", mount, host.stateDir];
    const service = await host.keep([], { through });
    expect(service.stderr).toContain("there is no history");
    await host.execs(10, "n");
    await service.until("the log has all", () => withArgument(service.log, "n10").length > 0);
    await service.stop();
  });

  it(
    "that loses power has all but the last commit, whole and in a chain that holds",
    async () => {
      const disk = new FaultyDisk(host.stateDir, host.directory, { record: true });
      const service = await host.keep([], disk);
      for (let part = 0; part < 12; part++) {
        await host.execs(120, `p${String(part)}-`);
        // So that there are several commits, whatever the machine's speed.
        await service.until(
          "it is logged",
          () => withArgument(service.log, `p${String(part)}-120`).length > 0,
        );
        const before = await host.metric("process_logging_history_batches_total");
        await host.execs(1, `q${String(part)}-`);
        await untilMore(before);
      }
      await service.kill();

      const entries = readDiskJournal(disk.journal);
      const random = new Random(5);
      const moments = Array.from({ length: soakPlan.powerLosses }, () => random.below(entries.length));
      moments.sort((a, b) => a - b);
      const current = new UnsyncedDisk();
      let [opened, empty, worst] = [0, 0, 0];
      for (const [index, entry] of entries.entries()) {
        current.apply(entry);
        if (moments[opened] !== index) continue;
        const image = join(host.directory, `image-${String(index)}`);
        const whole = look(`${image}-whole`, current.whole());
        expect(whole.problems).toEqual([]);
        // What is left of the same moment may be another thing each time.
        for (; moments[opened] === index; opened++) {
          const left = look(`${image}-${String(opened)}`, current.afterPowerLoss(random));
          expect(left.problems).toEqual([]);
          expect(left.seqs).toEqual(left.seqs.map((_, i) => i + 1));
          expect(whole.batches - left.batches).toBeLessThanOrEqual(1);
          worst = Math.max(worst, whole.seqs.length - left.seqs.length);
          if (left.batches === 0) empty++;
        }
      }
      expect(opened - empty).toBeGreaterThan(5);
      const lost = `at most the last commit, ${String(worst)} events; told at the next start`;
      recordFault({ fault: "power loss: unsynced writes left out or torn", rounds: opened, lost });

      async function untilMore(batches: number): Promise<void> {
        // A busy disk takes seconds for a commit.
        const deadline = performance.now() + 60_000;
        while ((await host.metric("process_logging_history_batches_total")) <= batches) {
          if (performance.now() > deadline) throw new Error("no batch was written");
          await setTimeout(10);
        }
      }
    },
    soakTimeout(120_000),
  );
});

/** Leaves nothing but the first page as it was; whoever has others in memory has to read them anew. */
function overwritePages(file: string): void {
  checkpoint(file);
  const bytes = readFileSync(file);
  const fd = openSync(file, "r+");
  writeSync(fd, Buffer.alloc(bytes.length - PAGE_BYTES, 0xff), 0, bytes.length - PAGE_BYTES, PAGE_BYTES);
  closeSync(fd);
}

/** Changes bytes in the middle of the longest chunk, where no structure of the database's own is. */
function overwriteChunk(file: string): void {
  checkpoint(file);
  const database = new DatabaseSync(file, { readOnly: true });
  const longest = database.prepare("SELECT data FROM chunk ORDER BY length(data) DESC LIMIT 1").get()?.[
    "data"
  ];
  database.close();
  const data = Buffer.from(longest as Uint8Array);
  const middle = data.subarray(data.length >> 1, (data.length >> 1) + 64);
  const fd = openSync(file, "r+");
  const at = readFileSync(file).indexOf(middle);
  writeSync(fd, Buffer.alloc(middle.length), 0, middle.length, at);
  closeSync(fd);
}

/** Has all of it in the file itself. */
function checkpoint(file: string): void {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}

/** Opens an image as the service does, and reads what it holds. */
function look(
  directory: string,
  image: DiskImage,
): { batches: number; seqs: number[]; problems: readonly string[] } {
  mkdirSync(directory, { mode: 0o700 });
  for (const [file, bytes] of image) {
    if (file.startsWith("history.")) writeFileSync(join(directory, file), bytes);
  }
  const store = HistoryStore.open({
    directory,
    ...{ run: "after", bootId: "boot", nowNs: () => 1n },
    limits: { maxBytes: 1_073_741_824, maxAgeNs: 1n << 62n },
  });
  expect(store.opened.setAside).toBe(undefined);
  store.close();
  const database = new DatabaseSync(join(directory, "history.db"), { readOnly: true });
  try {
    const { problems, batches } = verifyHistory(database, {
      firstKey: undefined,
      keyEpoch: undefined,
      heads: [],
    });
    const ranges = database.prepare("SELECT first_seq, last_seq FROM batch ORDER BY id").all();
    const seqs = ranges.flatMap((row) => {
      const [first, last] = [Number(row["first_seq"]), Number(row["last_seq"])];
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
    return { batches, seqs, problems };
  } finally {
    database.close();
  }
}
