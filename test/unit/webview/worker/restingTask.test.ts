import { beforeEach, describe, expect, it } from "vitest";
import { RestingTask } from "../../../../webview/worker/restingTask.ts";

let nowMs: number;
let timers: { readonly atMs: number; readonly task: () => void }[];
let costMs: number;
let ranAt: number[];
let task: RestingTask;

beforeEach(() => {
  nowMs = 0;
  timers = [];
  costMs = 0;
  ranAt = [];
  const later = (delayMs: number, end: () => void): void => {
    timers.push({ atMs: nowMs + delayMs, task: end });
  };
  task = new RestingTask({ clockMs: () => nowMs, later }, 16, () => {
    ranAt.push(nowMs);
    nowMs += costMs;
  });
});

function pass(untilMs: number): void {
  for (;;) {
    timers.sort((one, other) => one.atMs - other.atMs);
    const next = timers[0];
    if (next === undefined || next.atMs > untilMs) break;
    timers.shift();
    nowMs = Math.max(nowMs, next.atMs);
    next.task();
  }
  nowMs = Math.max(nowMs, untilMs);
}

describe("RestingTask", () => {
  it.each<[string, () => void, number[]]>([
    [
      "runs once for many reasons",
      () => {
        for (let reason = 0; reason < 5; reason++) task.request();
      },
      [0],
    ],
    [
      "waits for what may still come",
      () => {
        task.request(25);
      },
      [25],
    ],
    [
      "does not wait longer than the most urgent reason",
      () => {
        task.request(25);
        task.request(5);
        task.request(50);
      },
      [5],
    ],
    [
      "rests for its least time",
      () => {
        task.run();
        task.request();
      },
      [0, 16],
    ],
    [
      "rests four times as long as it took",
      () => {
        costMs = 10;
        task.run();
        task.request();
      },
      [0, 50],
    ],
    [
      "runs without a wait when it has rested",
      () => {
        task.request(25);
        task.runWhenRested();
      },
      [0],
    ],
    [
      "runs as soon as it has rested",
      () => {
        task.run();
        task.request(100);
        task.runWhenRested();
      },
      [0, 16],
    ],
    [
      "does nothing without a reason",
      () => {
        task.runWhenRested();
      },
      [],
    ],
  ])("%s", (_, ask, expected) => {
    ask();
    pass(1_000);
    expect(ranAt).toEqual(expected);
  });
});
