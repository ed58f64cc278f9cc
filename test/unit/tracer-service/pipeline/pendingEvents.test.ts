import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { PendingEvents } from "../../../../tracer-service/pipeline/pendingEvents.ts";

const LIMITS = { maxMs: 100, maxBytes: 1_000 };

function all(): boolean {
  return true;
}

describe("PendingEvents", () => {
  it("releases the events of one pod in their order, and leaves another's waiting", () => {
    const pending = new PendingEvents<string>(LIMITS);
    for (const [pod, event] of [
      ["a", "a1"],
      ["b", "b1"],
      ["a", "a2"],
    ] as const) {
      expect(pending.add(pod, event, 10, 0)).toEqual([]);
    }
    const released: string[] = [];
    pending.release("a", (event) => released.push(event) > 0);
    expect(released).toEqual(["a1", "a2"]);
    expect([pending.size, pending.bytes]).toEqual([1, 10]);
  });

  it("keeps what is not settled, in its order", () => {
    const pending = new PendingEvents<string>(LIMITS);
    for (const event of ["pause", "main1", "pause2", "main2"]) pending.add("a", event, 10, 0);
    pending.release("a", (event) => event.startsWith("main"));
    const rest: string[] = [];
    pending.release("a", (event) => rest.push(event) > 0);
    expect(rest).toEqual(["pause", "pause2"]);
    expect([pending.size, pending.bytes]).toEqual([0, 0]);
  });

  it("does nothing for a pod of which nothing waits", () => {
    const pending = new PendingEvents<string>(LIMITS);
    pending.release("a", () => expect.unreachable());
    expect(pending.expire(1e9)).toEqual([]);
  });

  it("hands back what has waited for too long, and no more", () => {
    const pending = new PendingEvents<string>(LIMITS);
    pending.add("a", "a1", 10, 0);
    pending.add("a", "a2", 10, 50);
    pending.add("b", "b1", 10, 20);
    expect(pending.expire(99)).toEqual([]);
    expect(pending.expire(100)).toEqual(["a1"]);
    expect(pending.expire(149)).toEqual(["b1"]);
    expect(pending.size).toBe(1);
    expect(pending.expire(Infinity)).toEqual(["a2"]);
    expect([pending.size, pending.bytes]).toEqual([0, 0]);
  });

  it("takes the room from the pod that has most, its oldest first", () => {
    const pending = new PendingEvents<string>(LIMITS);
    pending.add("small", "s1", 100, 0);
    for (let i = 1; i <= 9; i++) pending.add("large", `l${String(i)}`, 100, i);
    expect(pending.add("small", "s2", 100, 20)).toEqual(["l1"]);
    expect(pending.bytes).toBe(1_000);
  });

  it("hands back even an event that is larger than all room", () => {
    const pending = new PendingEvents<string>(LIMITS);
    expect(pending.add("a", "huge", 1_001, 0)).toEqual(["huge"]);
    expect(pending.size).toBe(0);
  });

  it("hands each event over exactly once and in order within its pod, whatever happens", () => {
    const operation = fc.oneof(
      fc.record({ type: fc.constant("add"), pod: fc.nat(3), bytes: fc.integer({ min: 1, max: 400 }) }),
      fc.record({ type: fc.constant("release"), pod: fc.nat(3), bytes: fc.constant(0) }),
      fc.record({ type: fc.constant("expire"), pod: fc.constant(0), bytes: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const pending = new PendingEvents<readonly [number, number]>(LIMITS);
        const out: (readonly [number, number])[] = [];
        operations.forEach(({ type, pod, bytes }, now) => {
          if (type === "add") out.push(...pending.add(String(pod), [pod, now], bytes, now));
          if (type === "release") pending.release(String(pod), (event) => out.push(event) > 0);
          if (type === "expire") out.push(...pending.expire(now));
          expect(pending.bytes).toBeLessThanOrEqual(LIMITS.maxBytes);
        });
        out.push(...pending.expire(Infinity));
        expect(out.length).toBe(operations.filter(({ type }) => type === "add").length);
        for (const pod of [0, 1, 2, 3]) {
          const order = out.filter(([of]) => of === pod).map(([, at]) => at);
          expect(order).toEqual(order.toSorted((a, b) => a - b));
        }
        expect([pending.size, pending.bytes]).toEqual([0, 0]);
      }),
    );
  });

  it("counts what is settled in a release that settles all", () => {
    const pending = new PendingEvents<string>(LIMITS);
    pending.add("a", "a1", 10, 0);
    pending.release("a", all);
    expect(pending.size).toBe(0);
  });
});
