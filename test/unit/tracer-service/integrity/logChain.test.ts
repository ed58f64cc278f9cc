import { setImmediate } from "node:timers/promises";

import { describe, expect, it } from "vitest";

import type { LogHead } from "../../../../tracer-service/integrity/checkpoint.ts";
import { LogChain } from "../../../../tracer-service/integrity/logChain.ts";
import { eventLine, MemorySink, StandingClock } from "./chainedLog.ts";

/** A chain whose state is kept as the test says. */
function start() {
  const sink = new MemorySink();
  const clock = new StandingClock();
  const saved: number[] = [];
  const said: string[] = [];
  const disk = { isFull: false, closed: false };
  const say = (_fields: object, message: string): void => void said.push(message);
  const chain = new LogChain(sink, {
    ...{ node: "n", bootId: "b", run: "r", clock, dateNs: () => 0n },
    log: { info: say, warn: say, error: say },
    state: {
      ...{ head: undefined, key: undefined },
      save: ({ number }: LogHead) => {
        if (disk.isFull) return Promise.reject(new Error("disk full"));
        saved.push(number);
        return Promise.resolve();
      },
      close: () => {
        disk.closed = true;
      },
    },
  });
  const pass = async (ms: number): Promise<void> => {
    clock.pass(ms);
    await setImmediate();
  };
  return { sink, chain, saved, said, disk, pass };
}

describe("the head of a log's chain", () => {
  it("is kept soon after it was written, and another not before ten seconds", async () => {
    const { chain, saved, pass } = start();
    expect(saved).toEqual([]);
    await pass(50);
    expect(saved).toEqual([0]);
    for (let seq = 1; seq <= 2_000; seq++) chain.write(eventLine(seq), seq);
    await pass(1_000);
    expect(saved).toEqual([0]);
    await pass(9_000);
    chain.write(eventLine(2_001), 2_001);
    await pass(10_000);
    await pass(50);
    expect(saved).toEqual([0, 3]);
  });

  it("is not kept before it is in the log", async () => {
    const { sink, saved, pass } = start();
    sink.stuck = true;
    await pass(1_000);
    expect(saved).toEqual([]);
    sink.stuck = false;
    await pass(500);
    expect(saved).toEqual([0]);
  });

  it("is tried again until it is kept, which is said once, as is that it can't be", async () => {
    const { saved, said, disk, pass } = start();
    disk.isFull = true;
    for (const ms of [50, 500, 500, 500]) await pass(ms);
    expect(said).toEqual(["the state of the log's chain can't be kept: the log is not sealed meanwhile"]);
    disk.isFull = false;
    for (const ms of [500, 500, 500]) await pass(ms);
    expect(saved).toEqual([0]);
    expect(said.slice(1)).toEqual(["the log is sealed again"]);
  });

  it("is kept at the end, as far as that can be waited for", async () => {
    const { chain, saved, disk, pass } = start();
    await pass(50);
    chain.write(eventLine(1), 1);
    const ended = chain.end();
    await pass(0);
    await ended;
    const closed = chain.close();
    await pass(0);
    await closed;
    expect(saved).toEqual([0, 1]);
    expect(disk.closed).toBe(true);
  });
});
