import { DatabaseSync } from "node:sqlite";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";

import { readHistoryOverHttp } from "../../extension/history/httpHistory.ts";
import { TimestampFormatter } from "../../tracer-service/output/timestamp.ts";
import { describeKernel } from "../kernel/support/describeKernel.ts";
import { recordFault } from "../soak/recordFault.ts";
import { soakPlan, soakTimeout } from "../soak/soakPlan.ts";
import { ApiReader, ask, refusalCode } from "./support/apiReader.ts";
import { FaultyDisk } from "./support/faultyDisk.ts";
import type { KeepingHost } from "./support/keepingHost.ts";
import { lostExecs, parseLog, parseTimestamp, withArgument, type LogLine } from "./support/logLine.ts";
import { until } from "./support/until.ts";
import { TracerService, type TracerServiceOptions } from "./support/tracerService.ts";
import { useKeepingHost } from "./support/useKeepingHost.ts";

let host: KeepingHost;
useKeepingHost((made) => {
  host = made;
});

const start = (flags: readonly string[] = [], options?: TracerServiceOptions): Promise<TracerService> =>
  host.keep(["--log-exits", ...flags], options);

describeKernel("the history of a service", () => {
  it("holds each line of the log, and goes on with its numbers after a restart", async () => {
    const first = await start();
    await host.execs(50, "a");
    const ended = await first.stop();
    const second = await start();
    expect(second.stderr).not.toContain("was not stopped properly");
    await host.execs(50, "b", "robin");
    const both = ended.stdout + (await second.stop()).stdout;
    const log = both.replace(/^.*"msg":"checkpoint".*\n/gm, "");
    expect(
      host
        .kept()
        .map(({ line }) => line)
        .join(""),
    ).toBe(log);
    const lines = parseLog(log);
    expect(lines.map(({ fields }) => fields.event.seq)).toEqual(lines.map((_, index) => index + 1));
    expect(withArgument(lines, "a50")).toHaveLength(1);
    expect(withArgument(lines, "b50")).toHaveLength(1);
  });

  it("holds the ring up to what is kept, loses nothing while it has room, and lets go of it", async () => {
    const disk = new FaultyDisk(host.stateDir, host.directory);
    const service = await start(["--ring-size", "0.25"], disk);
    // Of 4 KiB each: the ring has room for some 60.
    const execsOf = (lines: readonly LogLine[]): LogLine[] =>
      lines.filter(({ msg, fields }) => msg === "exec" && /^x\d+$/.test(fields.event.argv[2] ?? ""));
    const run = (count: number): Promise<unknown> =>
      host
        .workspace("jessie", "main")
        .sh(
          'i=0; while [ $i -lt "$1" ]; do i=$((i + 1)); /bin/true "$2" x$i; done',
          String(count),
          "f".repeat(4096),
        );
    await host.exec("before");
    await service.until("it is logged", () => withArgument(service.log, "before").length > 0);
    disk.set("hold");
    await run(30);
    await service.until("all are logged", () => execsOf(service.log).length === 30);
    expect(service.log.filter(({ msg }) => msg === "lost")).toEqual([]);
    // What nobody has kept leaves no room for these, however fast they are read.
    await run(100);
    await service.until("all are told", () => execsOf(service.log).length + lostExecs(service.log) === 130);
    expect(lostExecs(service.log)).toBeGreaterThan(40);
    expect(execsOf(host.keptLines())).toEqual([]);
    disk.set("");
    const logged = execsOf(service.log).length;
    await service.until("it is kept", () => execsOf(host.keptLines()).length === logged);
    await run(30);
    await service.until("all are logged", () => execsOf(service.log).length === logged + 30);
    const lines = parseLog((await service.stop()).stdout);
    expect(host.keptLines()).toEqual(lines);
    expect(execsOf(lines).length + lostExecs(lines)).toBe(160);
  });

  it(
    "has every event once after kill -9 under load, and tells which it may not have",
    async () => {
      const logs: LogLine[][] = [];
      for (let round = 0; round < soakPlan.killRounds; round++) {
        const service = await start(["--ring-size", "1"]);
        if (round > 0) await service.said("the service was not stopped properly the last time");
        const load = host.load(`${String(round)}-`);
        const enough = 200 + Math.floor(Math.random() * 2_000);
        await service.until("it logs", () => service.stdout.length > enough * 700);
        service.signal("SIGKILL");
        const { stdout } = await service.ended;
        load.kill("SIGKILL");
        logs.push(parseLog(stdout));
      }
      await (await start()).stop();

      const events = host.kept();
      expect(events.length).toBeGreaterThan(500);
      const lines = parseLog(events.map(({ line }) => line).join(""));
      // What is kept of a run is what it printed, without holes; no number is another run's, also of what is not kept.
      const seqOf = ({ fields }: LogLine): number => fields.event.seq;
      const given = logs.map((log) => log.filter(({ msg }) => msg !== "checkpoint").map(seqOf));
      const all = given.flat();
      expect(new Set(all).size).toBe(all.length);
      expect(all[0]).toBe(1);
      let unkept = 0;
      for (const log of logs) {
        const [first, last] = [seqOf(log[0] as LogLine), seqOf(log.at(-1) as LogLine)];
        const kept = lines.filter((line) => first <= seqOf(line) && seqOf(line) < first + 1_000_000);
        expect(kept.map(seqOf)).toEqual(kept.map((_, index) => first + index));
        const both = Math.min(kept.length, log.length);
        expect(kept.slice(0, both)).toEqual(log.slice(0, both));
        unkept += Math.max(0, last - (first + kept.length - 1));
      }
      // Else nothing was seen here.
      expect(unkept).toBeGreaterThan(0);
      const holes = host.missing();
      expect(holes.map(({ reason }) => reason)).toEqual(logs.map(() => "elsewhere"));
      recordFault({
        fault: "kill -9, programs of its own, history",
        rounds: soakPlan.killRounds,
        logged: events.length,
        lost: "after the last commit, told at the next start",
      });
    },
    soakTimeout(240_000),
  );

  it("replays to a client of an earlier run what it missed, nothing twice", async () => {
    const first = await start(["--log", "none"]);
    const reader = await ApiReader.open(host, { query: "?since=0" });
    await host.exec("seen");
    await reader.until("it is told", () => reader.execs.includes("seen"));
    const { run: name } = reader.of("hello")[0]?.node ?? { run: "" };
    const through = reader.of("events").at(-1)?.through ?? 0;
    await reader.end();
    await host.exec("missed-1");
    await first.stop();
    const second = await start(["--log", "none"]);
    await host.exec("missed-2");
    const again = await ApiReader.open(host, { query: `?since=${String(through)}&run=${name}` });
    await again.until("it is told", () => again.execs.includes("missed-2"));
    await host.exec("live");
    await again.until("it is told", () => again.execs.includes("live"));
    expect(again.execs.filter((each) => each !== undefined)).toEqual(["missed-1", "missed-2", "live"]);
    expect(again.of("gap")).toEqual([]);
    const seqs = again.events.map(({ fields }) => fields.event.seq);
    expect(seqs).toEqual(seqs.map((_, index) => through + 1 + index));
    await again.end();
    await second.stop();
  });

  it("tells the last minutes first to who asks for them", async () => {
    await (await start()).stop();
    const service = await start();
    await host.exec("before");
    await service.stop();
    const second = await start();
    const reader = await ApiReader.open(host, { query: "?events=none" });
    const subscribe = { type: "subscribe", filter: { usernames: [], workspaces: [] } };
    reader.send({ ...subscribe, recentMs: 600_000 });
    await reader.until("it is told", () => reader.execs.includes("before"));
    await reader.end();
    await second.stop();
  });

  it("answers who ran what, page by page, while it logs", async () => {
    const service = await start(["--log", "none"]);
    await host.execs(30, "j");
    await host.execs(30, "r", "robin");
    const events = async (query: string) => {
      const { status, body } = await ask(host, `/v1/events?${query}`);
      const lines = body.trim().split("\n");
      const end = JSON.parse(lines.at(-1) ?? "") as { readonly through: number; readonly done: boolean };
      const found = lines
        .filter((line) => line.includes('"msg":"exec"'))
        .map((line) => JSON.parse(line) as LogLine);
      return { status, end, arguments: found.map(({ fields }) => fields.event.argv.at(-1)) };
    };
    // What has just run may still be in the ring.
    await vi.waitFor(async () => {
      expect((await events("grep=true%20r30")).arguments).toEqual(["r30"]);
    });
    expect(await events("username=robin&grep=TRUE%20R2")).toMatchObject({
      status: 200,
      arguments: ["r2", ...Array.from({ length: 10 }, (_, index) => `r2${String(index)}`)],
      end: { type: "end", done: true, events: 11, gaps: [] },
    });
    const newest = await events(`regex=${encodeURIComponent("true [jr]3")}&order=newest&limit=2`);
    expect(newest).toMatchObject({ arguments: ["r30", "r3"], end: { done: false } });
    const next = await events(
      `regex=${encodeURIComponent("true [jr]3")}&order=newest&before=${String(newest.end.through)}`,
    );
    expect(next).toMatchObject({ arguments: ["j30", "j3"], end: { done: true } });
    let told = "";
    const end = await readHistoryOverHttp(
      { target: { type: "unix", socketPath: host.socketPath }, token: undefined },
      new URLSearchParams({ username: "robin", grep: "true r30" }),
      { lines: (lines) => void (told += lines), progress: () => undefined },
      new AbortController().signal,
    );
    expect(end).toMatchObject({ done: true, events: 1 });
    expect(withArgument(parseLog(told), "r30")).toHaveLength(1);
    const refused = await ask(host, "/v1/events?regex=(");
    expect(refused).toMatchObject({ status: 400 });
    await service.stop();
    const without = await host.trace(["--listen", `unix:${host.socketPath}`]);
    expect(refusalCode(await ask(host, "/v1/events"))).toBe("no_history");
    await without.stop();
  });

  it("answers from a time on, the event of that time included, and up to another, without it", async () => {
    const service = await start();
    await host.execs(3, "n");
    await service.until("all is logged", () => withArgument(service.log, "n3").length > 0);
    const [from = "", until = ""] = ["n1", "n3"].map((name) => withArgument(service.log, name)[0]?.ts);
    const answer = async (query: Readonly<Record<string, string>>): Promise<(string | undefined)[]> => {
      const { body } = await ask(
        host,
        `/v1/events?${new URLSearchParams({ grep: "true n", ...query }).toString()}`,
      );
      const lines = body.split("\n").filter((line) => line.includes('"msg":"exec"'));
      return parseLog(`${lines.join("\n")}\n`).map(({ fields }) => fields.event.argv.at(-1));
    };
    await vi.waitFor(async () => {
      expect(await answer({ from })).toEqual(["n1", "n2", "n3"]);
    });
    expect(await answer({ from: afterNs(from) })).toEqual(["n2", "n3"]);
    expect(await answer({ until })).toEqual(["n1", "n2"]);
    expect(await answer({ from, until, order: "newest" })).toEqual(["n2", "n1"]);
    expect(await answer({ from: until, until: afterNs(until) })).toEqual(["n3"]);
    await service.stop();

    function afterNs(ts: string): string {
      return new TimestampFormatter().format(parseTimestamp(ts) + 1n);
    }
  });

  it("looks no further for those who are gone: eight searches that nobody reads leave room once they are cut off", async () => {
    const service = await start(["--log", "none"]);
    // More than sockets hold of what nobody reads.
    await host.execs(2_000, "x".repeat(200));
    const path = "/v1/events?limit=100000";
    await vi.waitFor(
      async () => {
        expect((await ask(host, path)).body.length).toBeGreaterThan(2_000_000);
      },
      { timeout: 30_000, interval: 500 },
    );
    const stalled = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const asked = httpRequest({ socketPath: host.socketPath, path, agent: false });
        asked.on("error", () => undefined);
        asked.end();
        await once(asked, "response");
        return asked;
      }),
    );
    expect(refusalCode(await ask(host, path))).toBe("too_many_clients");
    for (const asked of stalled) asked.destroy();
    await vi.waitFor(async () => {
      expect(await ask(host, "/v1/events?limit=1")).toMatchObject({ status: 200 });
    });
    await service.stop();
  });

  it("is read on the node while the service runs", async () => {
    const service = await start(["--log", "none"]);
    await host.execs(5, "j");
    await host.workspace("robin", "main").run(["/bin/echo", "\x1b[2Jgone"]);
    await until(
      "it is kept",
      () => existsSync(host.historyFile) && host.kept().some(({ line }) => line.includes("gone")),
    );
    const ask = (...flags: string[]) => host.command("history", ...flags);
    const all = await ask("--user", "jessie", "--grep", "/bin/true j");
    expect(all.stdout.trim().split("\n").slice(1)).toHaveLength(5);
    expect(all.stdout).toMatch(/^TIME \(UTC\) .*\n\d{4}-.* jessie +main +\d+ \/bin\/true j1\n/);
    const hostile = await ask("--workspace", "robin/main", "--since", "1h");
    expect(hostile.stdout).not.toContain("\x1b");
    expect(hostile.stdout).toContain("gone");
    const json = await ask("--json", "--regex", "true j[0-9]$", "--newest", "--limit", "2");
    expect(parseLog(json.stdout).map(({ fields }) => fields.event.argv[1])).toEqual(["j5", "j4"]);
    const before = await ask("--until", "2020-01-01", "--json");
    expect(before).toMatchObject({ code: 0, stdout: "" });
    expect(await ask("--since", "whenever")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("--since: expected a time such as") as string,
    });
    await service.stop();
    const nowhere = await TracerService.run(["history", "--state-dir", host.directory]);
    expect(nowhere).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("there is no history in") as string,
    });
  });

  it("is sealed from the next start on when the key is made while the service runs", async () => {
    const running = await start(["--log", "none"]);
    const { stdout: key, stderr } = await host.command("seal");
    expect(stderr).toContain("seals from its next start on");
    await running.stop();
    const service = await start(["--log", "none"]);
    await host.execs(1, "later");
    await service.stop();
    const keyFile = join(host.directory, "first-key");
    writeFileSync(keyFile, key);
    const { stdout } = await host.command("verify", "--key-file", keyFile);
    expect(stdout).toMatch(/^[1-9]\d* seals; 0 batches after/m);
    expect(stdout).toContain("nothing wrong was found");
  });

  it("is sealed with a key that is shown once, and verified with it", async () => {
    const { stdout: key } = await host.command("seal");
    expect(key).toMatch(/^[0-9a-f]{64}\n$/);
    const keyFile = join(host.directory, "first-key");
    writeFileSync(keyFile, key);
    expect(await host.command("seal")).toMatchObject({ code: 1, stdout: "" });
    const service = await start(["--log", "none"]);
    await host.execs(50, "x");
    await service.stop();
    const right = await host.command("verify", "--key-file", keyFile);
    expect(right).toMatchObject({ code: 0, stderr: "" });
    expect(right.stdout).toMatch(/^102 events in \d+ batches;/);
    const [, head = ""] = /^head (\S+)$/m.exec(right.stdout) ?? [];
    expect((await host.command("verify", "--head", head)).stdout).toContain(
      "does not prove that the seals are genuine",
    );
    const database = new DatabaseSync(host.historyFile);
    database.exec(
      "UPDATE chunk SET data = zeroblob(length(data)) WHERE rowid = (SELECT max(rowid) FROM chunk)",
    );
    database.close();
    const wrong = await host.command("verify", "--key-file", keyFile);
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toMatch(/^WRONG {2}batch \d+ .* has lines that were changed/);
  });

  it("logs on without a history when the disk is full, and counts what is missing", async () => {
    const through = ["unshare", "--mount", "--propagation", "private", "sh", "-c"];
    mkdirSync(host.stateDir, { mode: 0o700 });
    const mount = 'mount -t tmpfs -o size=1m,mode=0700 tmpfs "$0" && exec "$@"';
    const service = await start([], { through: [...through, mount, host.stateDir] });
    const noise =
      'i=0; while [ $i -lt 400 ]; do i=$((i + 1)); /bin/true "$(head -c 6000 /dev/urandom | base64 -w0)"; done';
    await host.workspace("jessie", "main").sh(noise);
    await service.said("the history can't be written");
    await host.exec("last");
    await service.until("it is logged", () => withArgument(service.log, "last").length > 0);
    expect(service.stderr).toContain("disk is full");
    const { body } = await ask(host, "/metrics");
    expect(body).toMatch(/process_logging_history_missing_total\{reason="write_failed"\} [1-9]/);
    expect(
      service.log.filter(({ msg, fields }) => msg === "exec" && fields.event.argv[0] === "/bin/true"),
    ).toHaveLength(401);
    expect((await service.stop()).code).toBe(0);
  });

  it.each([
    [
      "of a newer version",
      () => {
        const database = new DatabaseSync(host.historyFile);
        database.exec("PRAGMA user_version = 99");
        database.close();
      },
      "of a newer service",
    ],
    [
      "of another program",
      () => {
        const database = new DatabaseSync(host.historyFile);
        database.exec("PRAGMA application_id = 7");
        database.close();
      },
      "is a database of another program",
    ],
  ])("logs on without a history where there is one %s, and does not touch it", async (_, change, message) => {
    await (await start()).stop();
    change();
    const before = readFileSync(host.historyFile);
    const service = await start();
    expect(service.stderr).toContain("there is no history");
    expect(service.stderr).toContain(message);
    await host.exec("logged");
    await service.until("it is logged", () => withArgument(service.log, "logged").length > 0);
    expect(await host.metric("process_logging_history_up")).toBe(0);
    await service.stop();
    expect(readFileSync(host.historyFile).equals(before)).toBe(true);
  });

  it("puts a damaged history aside, says so, and begins a new one", async () => {
    mkdirSync(host.stateDir, { mode: 0o700 });
    writeFileSync(host.historyFile, "damaged ".repeat(2_000));
    const service = await start();
    await service.said("the history was damaged");
    await host.exec("kept");
    await service.stop();
    expect(withArgument(host.keptLines(), "kept")).toHaveLength(1);
    expect(readFileSync(join(host.stateDir, "history.db.damaged"), "utf8")).toContain("damaged damaged");
  });

  it("does without where another service keeps its history", async () => {
    const first = await start();
    const other = join(host.directory, "other.sock");
    const second = await host.trace(["--state-dir", host.stateDir, "--listen", `unix:${other}`]);
    expect(second.stderr).toContain("another service keeps its history");
    await second.stop();
    await first.stop();
  });
});
