import { expect, test } from "vitest";
import { WorkQueue } from "../../../../webview/worker/workQueue.ts";

/** A clock that only the work moves, and the tasks that wait. */
function queueOf({ held = () => false }: { held?: () => boolean } = {}) {
  let nowMs = 0;
  const told: string[] = [];
  const soon: (() => void)[] = [];
  const later: (() => void)[] = [];
  const queue = new WorkQueue<{ name: string; parts: number; costMs: number }>(
    {
      clockMs: () => nowMs,
      soon: (task) => soon.push(task),
      later: (_, task) => later.push(task),
    },
    {
      work: (work) => {
        told.push(work.name);
        nowMs += work.costMs;
        return --work.parts === 0;
      },
      isHeld: held,
      held: () => told.push("held"),
      rested: () => told.push("rested"),
      emptied: () => told.push("emptied"),
    },
  );
  const turn = (tasks: (() => void)[]): void => {
    tasks.shift()?.();
  };
  return { queue, told, soon, later, turn };
}

test("does what comes in its order and in one turn while it is quick", () => {
  const { queue, told, soon, turn } = queueOf();
  queue.add({ name: "a", parts: 1, costMs: 1 });
  queue.add({ name: "b", parts: 1, costMs: 1 });
  expect([told, soon.length, queue.working]).toEqual([[], 1, true]);
  turn(soon);
  expect([told, soon.length, queue.working]).toEqual([["a", "b", "rested", "emptied"], 0, false]);
});

test("lets others have their turn between slices, and between the parts of a work", () => {
  const { queue, told, soon, turn } = queueOf();
  queue.add({ name: "a", parts: 2, costMs: 4 });
  queue.add({ name: "b", parts: 1, costMs: 4 });
  turn(soon);
  expect(told).toEqual(["a", "rested"]);
  turn(soon);
  expect(told.slice(2)).toEqual(["a", "rested"]);
  turn(soon);
  turn(soon);
  expect(told.slice(4)).toEqual(["b", "rested", "rested", "emptied"]);
  expect(soon).toEqual([]);
});

test("waits while it is held, and goes on with the same work", () => {
  let held = true;
  const { queue, told, soon, later, turn } = queueOf({ held: () => held });
  queue.add({ name: "a", parts: 1, costMs: 1 });
  turn(soon);
  expect([told, later.length, queue.working]).toEqual([["held"], 1, true]);
  held = false;
  turn(later);
  expect(told).toEqual(["held", "a", "rested", "emptied"]);
});
