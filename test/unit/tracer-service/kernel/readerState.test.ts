import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { constants } from "../../../../tracer-service/kernel/layout.ts";
import { ReaderState } from "../../../../tracer-service/kernel/readerState.ts";

describe("what a reader leaves to the next one", () => {
  let directory: string;
  let fd: number;
  let state: ReaderState;
  let next: ReaderState;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "wpl-reader-"));
    fd = openSync(join(directory, "state"), "w+");
    ftruncateSync(fd, 65_536);
    [state, next] = [new ReaderState(fd), new ReaderState(fd)];
  });
  afterEach(() => {
    for (const each of [state, next]) each.close();
    closeSync(fd);
    rmSync(directory, { recursive: true });
  });

  it("is what it is pinned with, and what was told", () => {
    const fingerprint = Buffer.alloc(constants.HASH_BYTES, 1);
    const records = Buffer.alloc(constants.HASH_BYTES, 2);
    const ringName = "n".repeat(50);
    state.describe({ fingerprint, records, ringBytes: 4096, ringName, ringBase: 2n ** 60n });
    state.attachedNs = 5n;
    state.detachedNs = 6n;
    state.recursionTold = 7n;
    state.lossesForgotten = 8n;
    state.clockSeenNs = 9n;
    const { attachedNs, detachedNs, recursionTold, lossesForgotten, clockSeenNs } = next;
    expect([attachedNs, detachedNs, recursionTold, lossesForgotten, clockSeenNs]).toEqual([
      5n,
      6n,
      7n,
      8n,
      9n,
    ]);
    expect(next.fingerprint).toEqual(fingerprint);
    expect(next.records).toEqual(records);
    expect([next.ringBytes, next.ringBase, next.processLayout]).toEqual([
      ...[4096, 2n ** 60n, constants.PROCESS_LAYOUT],
    ]);
    expect(next.ringName).toBe("n".repeat(constants.RING_NAME_BYTES - 1));
  });

  it("is the number of the latest event, by the ring's position and by the one before", () => {
    let [before, latest] = [
      { position: 0n, seq: 0 },
      { position: 0n, seq: 0 },
    ];
    // Some positions are told twice: no record was read meanwhile, and an event without one was numbered.
    for (const [step, position] of [8n, 8n, 16n, 16n, 96n, 96n, 104n, 2n ** 40n].entries()) {
      const seq = (step + 1) * 10;
      state.keep(position, seq);
      if (latest.position !== position) before = latest;
      latest = { position, seq };
      expect([next.seqAt(position), next.seqAt(before.position)]).toEqual([seq, before.seq]);
    }
    expect(next.seqAt(12_345n)).toBe(80);
  });

  it("is how far ahead of the boot clock the wall clock was, of the latest steps", () => {
    const step = (number: number) => ({ sinceNs: BigInt(number), offsetNs: BigInt(1_000 - 100 * number) });
    expect(next.clockSteps()).toEqual([]);
    state.putClockStep(step(1), true);
    expect(next.clockSteps()).toEqual([step(1)]);
    state.putClockStep(step(2), false);
    state.putClockStep(step(3), true);
    expect(next.clockSteps()).toEqual([step(1), step(3)]);
    const numbers = Array.from({ length: 100 }, (_, index) => 10 + index);
    for (const number of numbers) state.putClockStep(step(number), false);
    expect(next.clockSteps()).toEqual(numbers.slice(-constants.CLOCK_STEPS).map(step));
  });

  it("is read and written no more once it is closed", () => {
    state.recursionTold = 7n;
    state.close();
    state.recursionTold = 8n;
    expect([state.recursionTold, next.recursionTold]).toEqual([0n, 7n]);
  });
});
