import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { NumberFile } from "../../../../tracer-service/history/numberFile.ts";
import { NumberReserve } from "../../../../tracer-service/history/numberReserve.ts";
import type { NumbersLeft } from "../../../../tracer-service/history/numbersLeft.ts";

const BLOCK = 1_048_576;

/** A file whose writes end when the test says. */
class SlowFile {
  saved: NumbersLeft | undefined;
  broken: Error | undefined;
  closed = false;
  readonly #waiting: (() => void)[] = [];

  get writing(): number {
    return this.#waiting.length;
  }

  saveNow(left: NumbersLeft): void {
    if (this.broken !== undefined) throw this.broken;
    this.saved = left;
  }

  async save(left: NumbersLeft): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.saveNow(left);
  }

  /** Ends the writes that have begun, and lets who waits for them go on. */
  async finish(): Promise<void> {
    for (const resolve of this.#waiting.splice(0)) resolve();
    for (let turn = 0; turn < 3; turn++) await setImmediate();
  }

  close(): void {
    this.closed = true;
  }
}

let said: string[];
let nowMs: number;
beforeEach(() => {
  said = [];
  nowMs = 0;
});

const say = (_fields: object, message: string): void => void said.push(message);
const log = { info: say, warn: say, error: say };
const reserveOn = (file: ConstructorParameters<typeof NumberReserve>[0]["file"], lastSeq = 0) =>
  new NumberReserve({ file, run: "run", ring: "ring", lastSeq, log, nowMs: () => nowMs });

describe("NumberReserve", () => {
  it("has a block on the disk before its first number, and the next before this one ends", async () => {
    const file = new SlowFile();
    const reserve = reserveOn(file, 100);
    expect(file.saved).toEqual({ run: "run", ring: "ring", through: 100 + BLOCK, ended: false });
    reserve.reach(100 + BLOCK / 2 - 1);
    expect(file.writing).toBe(0);
    reserve.reach(100 + BLOCK / 2);
    reserve.reach(100 + BLOCK / 2 + 1);
    expect(file.writing).toBe(1);
    await file.finish();
    expect(file.saved?.through).toBe(100 + BLOCK / 2 + BLOCK);
    expect(said).toEqual([]);
  });

  it("says how many numbers were given while a disk was too slow for them", async () => {
    const file = new SlowFile();
    const reserve = reserveOn(file);
    reserve.reach(BLOCK / 2);
    reserve.reach(BLOCK + 7);
    await file.finish();
    expect(said).toEqual(["numbers of events were given before they were reserved on the disk"]);
    // The block that was asked for does not reach far from here.
    reserve.reach(BLOCK + 8);
    await file.finish();
    expect(file.saved?.through).toBe(2 * BLOCK + 8);
  });

  it("says once that the disk takes nothing, tries again now and then, and says when it does", async () => {
    const file = new SlowFile();
    file.broken = new Error("ENOSPC");
    const reserve = reserveOn(file);
    expect(said).toHaveLength(1);
    reserve.reach(1);
    expect(file.writing).toBe(0);
    nowMs = 10_000;
    reserve.reach(2);
    await file.finish();
    expect(said).toEqual([expect.stringContaining("tell events apart by their run")]);
    file.broken = undefined;
    nowMs = 20_000;
    reserve.reach(3);
    await file.finish();
    expect(said.slice(1)).toEqual([
      "numbers of events were given before they were reserved on the disk",
      "numbers of events are reserved again",
    ]);
    expect(file.saved?.through).toBe(3 + BLOCK);
  });

  it("notes the very last number at its end, after what it was writing", async () => {
    const file = new SlowFile();
    const reserve = reserveOn(file);
    reserve.reach(BLOCK / 2);
    const closed = reserve.close();
    await file.finish();
    await file.finish();
    await closed;
    expect(file.saved).toMatchObject({ through: BLOCK / 2, ended: true });
    expect(file.closed).toBe(true);
  });

  it("says that it could not note the last number, and closes all the same", async () => {
    const file = new SlowFile();
    const reserve = reserveOn(file);
    file.broken = new Error("disk full");
    const closed = reserve.close();
    await setImmediate();
    await file.finish();
    await closed;
    expect(said).toEqual([expect.stringMatching("^numbers of events can't be reserved")]);
    expect(file.closed).toBe(true);
  });
});

describe("NumberFile", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "wpl-numbers-"));
  });
  afterEach(() => {
    chmodSync(directory, 0o700);
    rmSync(directory, { recursive: true, force: true });
  });

  it("leaves the next run the block of a run that crashed, and the last number of one that ended", async () => {
    const first = NumberFile.open(directory);
    expect(first.left).toBe(undefined);
    reserveOn(first).reach(5);
    // As the kernel does at a crash.
    first.close();
    const second = NumberFile.open(directory);
    expect(second.left).toMatchObject({ through: BLOCK, ended: false });
    const reserve = reserveOn(second, BLOCK);
    reserve.reach(BLOCK + 3);
    await reserve.close();
    const third = NumberFile.open(directory);
    expect(third.left).toMatchObject({ through: BLOCK + 3, ended: true });
    third.close();
  });

  it("belongs to one service at a time", () => {
    const first = NumberFile.open(directory);
    reserveOn(first, 7);
    const before = readFileSync(join(directory, "numbers.json"), "utf8");
    expect(() => NumberFile.open(directory)).toThrow(/^another service keeps its numbers in /);
    expect(readFileSync(join(directory, "numbers.json"), "utf8")).toBe(before);
    first.close();
    NumberFile.open(directory).close();
  });

  it("says what is wrong with a file that is none of its own", () => {
    writeFileSync(join(directory, "numbers.json"), "no numbers");
    const file = NumberFile.open(directory);
    expect(file.left).toBe(undefined);
    expect(file.damage).toMatch(/numbers\.json: /);
    file.close();
  });
});
