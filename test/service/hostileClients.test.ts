import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";

import { Random } from "../fuzz/support/random.ts";
import { describeKernel } from "../kernel/support/describeKernel.ts";
import { recordFault } from "../soak/recordFault.ts";
import { soakPlan, soakTimeout } from "../soak/soakPlan.ts";
import { ApiReader, ask } from "./support/apiReader.ts";
import { hostileBytes } from "./support/hostileBytes.ts";
import { residentBytes } from "./support/residentBytes.ts";
import { TracedHost } from "./support/tracedHost.ts";
import type { TracerService } from "./support/tracerService.ts";

const MIB = 1_048_576;
/** What the unit and the manifests let the service have at most. */
const MAX_MEMORY = 512 * MIB;
const AT_A_TIME = 40;
const EXECS = 100;

const manyExecs = 'i=0; while [ $i -lt "$1" ]; do i=$((i + 1)); /bin/true "$2" "n$i"; done';

describeKernel("hostile clients of the API", () => {
  let host: TracedHost;
  let service: TracerService;
  let address: { readonly socketPath: string };

  beforeEach(async () => {
    host = new TracedHost();
    address = { socketPath: join(host.directory, "tracer.sock") };
    service = await host.trace(["--listen", `unix:${address.socketPath}`, "--log", "none"]);
  });
  afterEach(async () => {
    await host.close();
  });

  const metric = async (name: string): Promise<number> => {
    const { body } = await ask(address, "/metrics");
    return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(body)?.[1]);
  };
  const open = (count: number): Promise<ApiReader[]> =>
    Promise.all(Array.from({ length: count }, () => ApiReader.open(address)));
  const run = (argument: string): Promise<unknown> =>
    host.workspace("jessie", "main").run(["/bin/true", argument]);
  /** Numbers of the events that a reader was told, and how many it was told that it missed. */
  const accountOf = (reader: ApiReader) => {
    const told = reader.events.map(({ fields }) => fields.event.seq);
    const missed = reader.of("gap").reduce((sum, { events = 0 }) => sum + events, 0);
    return { told, missed, sum: told.length + missed };
  };

  it(
    "200 readers, of which 50 stop reading, 50 leave and 20 send garbage: each that stays has all, or knows how much it has not",
    async () => {
      const random = new Random(7);
      const before = residentBytes(service.pid);
      const [good, stopped, leaving, wrong] = [
        await open(80),
        await open(50),
        await open(50),
        await open(20),
      ];
      for (const { socket } of stopped) socket.pause();
      const workspace = host.workspace("jessie", "main");
      const left = leaving.map(async (reader) => {
        await setTimeout(random.below(1_500));
        await reader.end();
      });
      for (const [index, { socket }] of wrong.entries()) {
        if (index % 2 === 0) socket.send(Buffer.from([0xff, index]), { binary: false });
        else socket.send("garbage");
      }
      expect((await Promise.all(wrong.map(({ closed }) => closed))).map(({ code }) => code).sort()).toEqual([
        ...Array.from({ length: 10 }, () => 1007),
        ...Array.from({ length: 10 }, () => 1008),
      ]);
      await Promise.all([workspace.sh(manyExecs, String(EXECS), "x".repeat(20_000)), ...left]);
      const during = residentBytes(service.pid);
      for (const { socket } of stopped) socket.resume();
      // Each program and the shell, and their ends.
      const all = 2 * (EXECS + 1);
      const staying = [...good, ...stopped];
      for (const reader of staying) {
        await reader.until("all is told, or told as missed", () => accountOf(reader).sum >= all);
      }
      let missed = 0;
      for (const reader of staying) {
        const account = accountOf(reader);
        expect(new Set(account.told).size).toBe(account.told.length);
        expect(account.sum).toBe(all);
        missed += account.missed;
      }
      expect(stopped.every((reader) => accountOf(reader).missed > 0)).toBe(true);
      // From some that left, too, as they did not read in time.
      expect(await metric("process_logging_stream_withheld_total")).toBeGreaterThanOrEqual(missed);
      expect(during).toBeLessThan(MAX_MEMORY);
      recordFault({
        fault: "200 readers: 50 stop, 50 leave, 20 send garbage",
        rounds: 200,
        executed: all * staying.length,
        logged: all * staying.length - missed,
        lost: `${String(missed)} withheld from slow readers, each told how many`,
        memory: [before, during],
      });
      await Promise.all(staying.map((reader) => reader.end()));
    },
    soakTimeout(120_000),
  );

  it(
    "requests and frames that are wrong in every way change nothing for a reader, and leave no connection",
    async () => {
      const random = new Random(11);
      const reader = await ApiReader.open(address);
      const half = Math.floor(soakPlan.hostileRequests / 2);
      let before = 0;
      for (let sent = 0; sent < soakPlan.hostileRequests; sent += AT_A_TIME) {
        await Promise.all(
          Array.from({ length: AT_A_TIME }, () => give(address.socketPath, hostileBytes(random))),
        );
        if (before === 0 && sent >= half) before = residentBytes(service.pid);
        await run(`r${String(sent)}`);
      }
      await run("end");
      await reader.until("it has the end", () => reader.execs.includes("end"));
      const rounds = Math.ceil(soakPlan.hostileRequests / AT_A_TIME);
      expect(reader.of("gap")).toEqual([]);
      expect(reader.execs.filter((each) => /^(r\d+|end)$/.test(each ?? ""))).toHaveLength(rounds + 1);
      await untilAsked(async () => (await metric("process_logging_clients")) === 1);
      const after = residentBytes(service.pid);
      expect(after - before).toBeLessThan(64 * MIB);
      const fault = "HTTP and WebSocket fuzzing";
      const executed = rounds + 1;
      recordFault({
        fault,
        rounds: soakPlan.hostileRequests,
        executed,
        logged: executed,
        memory: [before, after],
      });
      await reader.end();
    },
    soakTimeout(120_000),
  );

  it("a client that sends pings and reads nothing is cut off, and takes no memory", async () => {
    const pinging = await ApiReader.open(address, { query: "?events=none" });
    pinging.socket.pause();
    const before = residentBytes(service.pid);
    // Some 60 MB of pongs, if each were answered.
    for (let i = 0; i < 500_000 && pinging.socket.readyState === 1; i++) {
      pinging.socket.ping(Buffer.alloc(120));
      if (i % 5_000 === 0) await setTimeout(1);
    }
    await untilAsked(async () => (await metric("process_logging_clients")) === 0);
    expect(residentBytes(service.pid) - before).toBeLessThan(48 * MIB);
    await pinging.end();
  });

  it("connections that never come to a request leave room for others once they are timed out", async () => {
    const slow = await Promise.all(Array.from({ length: 400 }, () => trickle(address.socketPath)));
    const closed = slow.map((socket) => new Promise((resolve) => socket.once("close", resolve)));
    await Promise.all(closed);
    expect((await ask(address, "/healthz")).status).toBe(200);
    await run("after");
  });
});

/** Sends bytes and resolves when the connection has ended, or has been ended because its reader waits for more. */
function give(path: string, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const cut = globalThis.setTimeout(() => socket.destroy(), 1_000);
    socket.on("error", () => undefined);
    socket.once("close", () => {
      clearTimeout(cut);
      resolve();
    });
    socket.resume();
    socket.end(bytes);
  });
}

/** A connection with the beginning of a request. */
function trickle(path: string): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on("error", () => undefined);
    socket.once("connect", () => {
      socket.write("GET /healthz HTTP/1.1\r\nX-Slow: ");
      socket.resume();
      resolve(socket);
    });
    socket.once("close", () => {
      resolve(socket);
    });
  });
}

async function untilAsked(condition: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < 200; look++) {
    if (await condition()) return;
    await setTimeout(50);
  }
  throw new Error("waited in vain");
}
