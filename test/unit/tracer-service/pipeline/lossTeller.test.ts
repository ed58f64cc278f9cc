import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { TracerEvent } from "../../../../protocol/events.ts";
import { constants } from "../../../../tracer-service/kernel/layout.ts";
import type { KernelLoss } from "../../../../tracer-service/kernel/lossCounters.ts";
import { LossTeller, type LossTellerParts } from "../../../../tracer-service/pipeline/lossTeller.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** A kernel that refuses to run programs, and finds when it is asked whose some of the execs were. */
class RefusingKernel {
  refused = 0;
  found = 0;
  asked = 0;
  readonly told: unknown[] = [];
  readonly state = { recursionTold: 0n };
  readonly teller = new LossTeller(this.#parts());

  recursionMisses(): bigint {
    return BigInt(this.refused - this.found);
  }

  findRefused(): void {
    this.asked++;
    this.found = Math.min(2, this.refused);
  }

  #parts(): LossTellerParts {
    const loss = (): KernelLoss => ({
      ...{ cgroupKey: 7n, owner: 3, reason: constants.LOST_EXEC_REFUSED, program: 0 },
      ...{ comm: { text: "", raw: undefined }, count: BigInt(this.found), firstNs: 1n, lastNs: 2n },
    });
    const losses = {
      total: () => BigInt(this.found),
      read: () => (this.found === 0 ? [] : [loss()]),
      readOverflow: () => [],
      told: () => undefined,
      forgotten: 0n,
      throttled: () => [],
      loginUid: () => undefined,
    };
    const unused = {
      provider: {},
      events: {
        lost: ({ cgroupKey, reason, count }: { cgroupKey: bigint; reason: string; count: number }) => ({
          cgroupKey,
          reason,
          count,
        }),
      },
      keeping: { whenKept: () => undefined },
      clock: { nowBootNs: () => 5n },
    };
    return {
      ...unused,
      kernel: Object.assign(this, { losses }),
      writer: {
        take: ({ loss: { cgroupKey, reason, count } }: { loss: KernelLoss }) =>
          this.told.push({ cgroupKey, reason, count }),
      },
      write: (event: TracerEvent) => this.told.push(event),
    } as unknown as LossTellerParts;
  }
}

it("tells refused execs as losses of whose they were, and only the rest as nobody's", () => {
  const kernel = new RefusingKernel();
  kernel.teller.tellNowAndThen();
  expect({ asked: kernel.asked, told: kernel.told }).toEqual({ asked: 0, told: [] });

  kernel.refused = 5;
  kernel.teller.findRefused();
  kernel.teller.tellLosses();
  kernel.teller.tellRecursion();
  expect(kernel.asked).toBe(1);
  expect(kernel.told).toEqual([
    { cgroupKey: 7n, reason: "recursion", count: 2 },
    { cgroupKey: 0n, reason: "recursion", count: 3 },
  ]);

  kernel.teller.findRefused();
  kernel.teller.tellLosses();
  kernel.teller.tellRecursion();
  expect({ asked: kernel.asked, told: kernel.told.length }).toEqual({ asked: 1, told: 2 });
});

describe("now and then", () => {
  /** A kernel that counts what a test says, for a reader that keeps all at once. */
  function start({ recursionTold = 0n, throttledNs = [] as readonly bigint[] } = {}) {
    const counted = { cgroupNotices: 0n, recursion: recursionTold, nowNs: 100n };
    const state = { recursionTold };
    const told: unknown[] = [];
    const looks: number[] = [];
    const removed: bigint[] = [];
    const losses = {
      total: () => counted.cgroupNotices,
      read: () => [],
      readOverflow: (owner: number) =>
        owner === 3 && counted.cgroupNotices > 0n
          ? [{ ...COUNTER, owner, reason: constants.LOST_CGROUP_RING_FULL, count: counted.cgroupNotices }]
          : [],
      told: () => undefined,
      keepTold: () => undefined,
      forgotten: 0n,
      throttled: () => throttledNs.map((lastNs) => ({ cgroupKey: 7n, owner: 3, firstNs: 1n, lastNs })),
      keepThrottled: () => undefined,
      forgetThrottled: () => undefined,
      loginUid: () => undefined,
    };
    const teller = new LossTeller({
      kernel: {
        losses,
        state,
        recursionMisses: () => counted.recursion,
        findRefused: () => undefined,
      },
      provider: {
        resynchronise: () => looks.push(performance.now()),
        cgroupRemoved: (key: bigint) => removed.push(key),
      },
      events: {
        lost: ({ reason, count, firstNs, lastNs }: KernelLoss) => ({ reason, count, firstNs, lastNs }),
      },
      clock: { nowBootNs: () => counted.nowNs },
      keeping: {
        whenKept: (then: () => void) => {
          then();
        },
      },
      writer: {
        take: ({ loss: { reason, count } }: { loss: KernelLoss }) => told.push({ reason, count }),
      },
      write: (event: TracerEvent) => told.push(event),
    } as unknown as LossTellerParts);
    const later = (ms: number, nowNs: bigint) => {
      vi.advanceTimersByTime(ms);
      counted.nowNs = nowNs;
      return teller.tellNowAndThen();
    };
    return { counted, state, told, looks, removed, teller, later };
  }

  const COUNTER = {
    ...{ cgroupKey: 0n, owner: 3, program: 0, comm: { text: "", raw: undefined } },
    ...{ firstNs: 1n, lastNs: 2n },
  };

  it("is once a second", () => {
    const { later } = start();
    expect([later(0, 101n), later(999, 102n), later(1, 103n), later(1_000, 104n)]).toEqual([
      ...[true, false, true, true],
    ]);
  });

  it("tells what the kernel refused since the last look, of the time since then", () => {
    const { counted, state, told, later } = start({ recursionTold: 4n });
    later(0, 200n);
    expect(told).toEqual([]);
    counted.recursion = 9n;
    later(1_000, 300n);
    expect(told).toEqual([{ reason: "recursion", count: 5, firstNs: 200n, lastNs: 300n }]);
    expect(state.recursionTold).toBe(9n);
    later(1_000, 400n);
    expect(told).toHaveLength(1);
  });

  it("tells what the kernel refused since an earlier service told it", () => {
    const { counted, told, later } = start({ recursionTold: 4n });
    counted.recursion = 6n;
    later(0, 200n);
    expect(told).toEqual([{ reason: "recursion", count: 2, firstNs: 100n, lastNs: 200n }]);
  });

  it("looks once for the cgroups that it lost sight of", () => {
    const { counted, looks, later } = start();
    later(0, 200n);
    expect(looks).toEqual([]);
    counted.cgroupNotices = 5n;
    later(1_000, 300n);
    expect(looks).toHaveLength(1);
    later(1_000, 400n);
    expect(looks).toHaveLength(1);
    counted.cgroupNotices = 6n;
    later(1_000, 500n);
    expect(looks).toHaveLength(2);
  });

  it("tells that throttling has ended whose begin an earlier service has told", () => {
    const { told, later } = start({ throttledNs: [50n] });
    later(4_999, 200n);
    expect(told).toEqual([]);
    later(1_000, 300n);
    expect(told).toEqual([{ reason: "within_budget", count: 0 }]);
  });

  it("forgets a cgroup that is gone at once, or once its losses have been told", () => {
    const { counted, removed, teller, later } = start();
    teller.cgroupRemoved(1n);
    expect(removed).toEqual([1n]);
    counted.cgroupNotices = 5n;
    teller.cgroupRemoved(2n);
    expect(removed).toEqual([1n]);
    later(1_000, 200n);
    expect(removed).toEqual([1n, 2n]);
    later(1_000, 300n);
    expect(removed).toEqual([1n, 2n]);
  });
});
