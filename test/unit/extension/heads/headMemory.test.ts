import { describe, expect, it } from "vitest";
import { HeadMemory, MAX_HEADS, type RememberedHead } from "../../../../extension/heads/headMemory.ts";
import { fakeMemento } from "./fakeMemento.ts";

const head = (seq: number, differs = false): RememberedHead => ({
  head: { seq, hash: "a".repeat(64) },
  differs,
});
const many = (first: number, count: number): Map<string, RememberedHead> =>
  new Map(Array.from({ length: count }, (_, i) => [`tracer-${String(first + i)}`, head(first + i)]));

describe("HeadMemory", () => {
  it("gives back what was kept, and nothing of what was forgotten", async () => {
    const memory = new HeadMemory(fakeMemento());
    expect(await memory.set(new Map([["a", head(1)]]))).toBe(0);
    expect(await memory.set(new Map([["b", head(2, true)]]))).toBe(0);
    expect(memory.get("a")).toEqual(head(1));
    expect(memory.get("b")).toEqual(head(2, true));
    await memory.set(new Map([["a", undefined]]));
    expect(memory.get("a")).toBe(undefined);
    expect(memory.forgotten).toBe(0);
  });

  it("counts the tracers that it has no room for, the oldest, over all windows", async () => {
    const memento = fakeMemento();
    const memory = new HeadMemory(memento);
    expect(await memory.set(many(0, MAX_HEADS))).toBe(0);
    expect(await memory.set(many(MAX_HEADS, 3))).toBe(3);
    expect(memory.get("tracer-0")).toEqual(head(0));
    for (let last = 1; last <= 3; last++) {
      expect(memory.get(`tracer-${String(MAX_HEADS - last)}`)).toBe(undefined);
    }
    expect(await memory.set(many(2 * MAX_HEADS, 2))).toBe(2);
    expect(new HeadMemory(memento).forgotten).toBe(5);
  });

  it("forgets no tracer to warn of while there are others", async () => {
    const memory = new HeadMemory(fakeMemento());
    await memory.set(new Map([["wrong", head(7, true)]]));
    await memory.set(many(0, MAX_HEADS));
    await memory.set(many(MAX_HEADS, MAX_HEADS));
    expect(memory.get("wrong")).toEqual(head(7, true));
  });

  it.each([
    ["no list", { tracer: head(1) }],
    ["a list of other things", [1, "tracer", null]],
    ["a head without a hash", [["tracer", { head: { seq: 1 }, differs: false }]]],
  ])("takes %s for nothing", (_, stored) => {
    expect(new HeadMemory(fakeMemento({ historyHeads: stored })).get("tracer")).toBe(undefined);
  });
});
