import { createServer } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { AutoConnect, LOOK_INTERVAL_MS, lookForSocket } from "../../../../extension/source/autoConnect.ts";
import { SourceRegistry } from "../../../../extension/source/sourceRegistry.ts";
import { FakeClock } from "../fakeClock.ts";
import { FakeSource } from "./fakeSource.ts";
import { settle } from "./fakeTracer.ts";

let clock: FakeClock;
let sources: SourceRegistry;
let there: string | undefined;
let opened: FakeSource[];

beforeEach(() => {
  clock = new FakeClock();
  sources = new SourceRegistry();
  there = undefined;
  opened = [];
});

async function start(): Promise<AutoConnect> {
  const autoConnect = new AutoConnect({
    sources,
    id: "local",
    look: () => Promise.resolve(there),
    open: () => {
      const source = new FakeSource("local");
      opened.push(source);
      return source;
    },
    clock,
  });
  await settle();
  return autoConnect;
}

async function lookAgain(): Promise<void> {
  clock.advance(LOOK_INTERVAL_MS);
  await settle();
}

describe("AutoConnect", () => {
  it("connects at once where the socket is there", async () => {
    there = "1:1";
    await start();
    expect(sources.all).toEqual(opened);
    expect(opened).toHaveLength(1);
  });

  it("connects once the socket appears", async () => {
    await start();
    await lookAgain();
    expect(opened).toHaveLength(0);
    there = "1:1";
    await lookAgain();
    await lookAgain();
    expect(opened).toHaveLength(1);
  });

  it("leaves a source away that the user took away, until there is another socket", async () => {
    there = "1:1";
    await start();
    sources.remove("local");
    await lookAgain();
    expect(sources.all).toHaveLength(0);
    there = undefined;
    await lookAgain();
    there = "1:2";
    await lookAgain();
    expect(sources.all).toHaveLength(1);
  });

  it("tries at once where a disconnected service has made another socket", async () => {
    there = "1:1";
    await start();
    opened[0]?.become({ type: "disconnected", sinceMs: 1, why: "it has stopped", retryMs: 30_000 });
    await lookAgain();
    expect(opened[0]?.retries).toBe(0);
    there = "1:2";
    await lookAgain();
    expect({ retries: opened[0]?.retries, opened: opened.length }).toEqual({ retries: 1, opened: 1 });
  });

  it("leaves a source of the same id alone that somebody else opened", async () => {
    const other = new FakeSource("local");
    other.become({ type: "disconnected", sinceMs: 1, why: "it has stopped", retryMs: undefined });
    sources.add(other);
    there = "1:1";
    await start();
    expect({ all: sources.all, opened: opened.length, retries: other.retries }).toEqual({
      all: [other],
      opened: 0,
      retries: 0,
    });
  });

  it("looks no more after its end", async () => {
    const autoConnect = await start();
    autoConnect.dispose();
    there = "1:1";
    await lookAgain();
    expect({ opened: opened.length, timers: clock.pendingTimers }).toEqual({ opened: 0, timers: 0 });
  });
});

describe("lookForSocket", () => {
  it("sees a socket, and neither a file nor nothing", async () => {
    const directory = await mkdtemp(join(tmpdir(), "look-"));
    const path = join(directory, "socket");
    const file = join(directory, "file");
    await writeFile(file, "");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const seen = [
      await lookForSocket(path),
      await lookForSocket(file),
      await lookForSocket(join(directory, "none")),
    ];
    await new Promise((resolve) => server.close(resolve));
    await rm(directory, { recursive: true });
    expect(seen).toEqual([expect.stringMatching(/^\d+:\d+:/), undefined, undefined]);
  });
});
