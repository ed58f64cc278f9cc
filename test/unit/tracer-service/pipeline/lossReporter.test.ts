import { describe, expect, it } from "vitest";

import { constants } from "../../../../tracer-service/kernel/layout.ts";
import type { KernelLoss } from "../../../../tracer-service/kernel/lossCounters.ts";
import { LossReporter, type LossSource } from "../../../../tracer-service/pipeline/lossReporter.ts";

const NO_COMM = { text: "", raw: undefined };
const RING_FULL = constants.LOST_EXEC_RING_FULL;

/** The kernel's counters, in memory. */
class FakeCounters implements LossSource {
  reads = 0;
  forgotten = 0n;
  readonly #told = new Map<string, KernelLoss>();
  #total = 0n;
  readonly #losses = new Map<string, KernelLoss>();
  readonly #overflow = new Map<string, KernelLoss>();

  /** Counts `count` losses from `firstNs` to `lastNs`. */
  lose(
    cgroupKey: bigint,
    owner: number,
    reason: number,
    count: number,
    firstNs: bigint,
    lastNs = firstNs,
    program = 0,
  ): void {
    const what = { program, comm: NO_COMM };
    this.#add(this.#losses, { cgroupKey, owner, reason, ...what, count: BigInt(count), firstNs, lastNs });
  }

  /** The same, without a place of the cgroup's own. */
  overflow(owner: number, reason: number, count: number, firstNs: bigint): void {
    this.#add(this.#overflow, {
      cgroupKey: 0n,
      owner,
      reason,
      program: 0,
      comm: NO_COMM,
      count: BigInt(count),
      firstNs,
      lastNs: firstNs,
    });
  }

  total(): bigint {
    return this.#total;
  }

  read(): KernelLoss[] {
    this.reads++;
    return [...this.#losses.values()];
  }

  readOverflow(owner: number): KernelLoss[] {
    return [...this.#overflow.values()].filter((loss) => loss.owner === owner);
  }

  forget(loss: KernelLoss): void {
    this.#losses.delete(keyOf(loss));
    this.#told.delete(keyOf(loss));
    this.forgotten += loss.count;
  }

  told(loss: KernelLoss): { count: bigint; lastNs: bigint } | undefined {
    return this.#told.get(keyOf(loss));
  }

  keepTold(loss: KernelLoss): void {
    this.#told.set(keyOf(loss), loss);
  }

  get size(): number {
    return this.#losses.size;
  }

  #add(losses: Map<string, KernelLoss>, loss: KernelLoss): void {
    this.#total += loss.count;
    const count = (losses.get(keyOf(loss))?.count ?? 0n) + loss.count;
    losses.set(keyOf(loss), { ...loss, count });
  }
}

function keyOf({ cgroupKey, owner, reason, program }: KernelLoss): string {
  return [cgroupKey, owner, reason, program].join("/");
}

describe("LossReporter", () => {
  it("does not read the counters while nothing is lost", () => {
    const counters = new FakeCounters();
    const reporter = new LossReporter(counters);
    expect(reporter.report()).toEqual([]);
    counters.lose(1n, 5, RING_FULL, 1, 10n);
    reporter.report();
    expect(reporter.report()).toEqual([]);
    expect(counters.reads).toBe(1);
  });

  it("tells what was withheld program by program", () => {
    const counters = new FakeCounters();
    const reporter = new LossReporter(counters);
    counters.lose(1n, 5, constants.WITHHELD_EXEC, 7, 10n, 20n, 11);
    counters.lose(1n, 5, constants.WITHHELD_EXEC, 3, 12n, 22n, 12);
    expect(reporter.report().map(({ count }) => count)).toEqual([7, 3]);
    counters.lose(1n, 5, constants.WITHHELD_EXEC, 2, 30n, 30n, 12);
    expect(reporter.report().map(({ count }) => count)).toEqual([2]);
  });

  it("finds what the first owner lost without a place of its own", () => {
    const counters = new FakeCounters();
    counters.overflow(constants.FIRST_OWNER, RING_FULL, 4, 10n);
    expect(new LossReporter(counters).report()).toMatchObject([{ owner: constants.FIRST_OWNER, count: 4 }]);
  });

  it.each([
    [constants.LOST_EXEC_RING_FULL, "exec", "ring_full"],
    [constants.LOST_EXEC_SCRATCH_BUSY, "exec", "scratch_busy"],
    [constants.LOST_EXIT_RING_FULL, "exit", "ring_full"],
    [constants.LOST_CGROUP_RING_FULL, "cgroup", "ring_full"],
    [constants.LOST_LINEAGE_TABLE_FULL, "lineage", "process_table_full"],
    [constants.LOST_EXIT_TABLE_FULL, "exit", "process_table_full"],
    [constants.LOST_EXEC_REFUSED, "exec", "recursion"],
    [constants.LOST_NAMESPACE_TABLE_FULL, "namespace", "namespace_table_full"],
    [constants.WITHHELD_EXEC, "exec", "over_budget"],
    [constants.SHORTENED_ARGS, "arguments", "over_budget"],
    [constants.WITHHELD_CGROUP, "cgroup", "over_cgroup_budget"],
  ])("tells what is lost and why (%i)", (reasonCode, kind, reason) => {
    const counters = new FakeCounters();
    counters.lose(1n, 5, reasonCode, 3, 10n, 20n);
    expect(new LossReporter(counters).report()).toMatchObject([
      { cgroupKey: 1n, owner: 5, kind, reason, count: 3, firstNs: 10n, lastNs: 20n },
    ]);
  });

  it("tells each loss once, with the times of the new ones", () => {
    const counters = new FakeCounters();
    const reporter = new LossReporter(counters);
    counters.lose(1n, 5, RING_FULL, 3, 10n, 20n);
    reporter.report();
    counters.lose(1n, 5, RING_FULL, 4, 30n, 40n);
    counters.lose(2n, 5, RING_FULL, 1, 35n);
    expect(reporter.report()).toMatchObject([
      { cgroupKey: 1n, count: 4, firstNs: 30n, lastNs: 40n },
      { cgroupKey: 2n, count: 1, firstNs: 35n, lastNs: 35n },
    ]);
  });

  it("begins no earlier than what was told when the kernel still had the time of the period before", () => {
    const counters = new FakeCounters();
    const reporter = new LossReporter(counters);
    counters.lose(1n, 5, RING_FULL, 3, 10n, 20n);
    reporter.report();
    counters.lose(1n, 5, RING_FULL, 1, 10n, 40n);
    expect(reporter.report()).toMatchObject([{ count: 1, firstNs: 20n, lastNs: 40n }]);
  });

  it("finds the losses of cgroups that found no place of their own", () => {
    const counters = new FakeCounters();
    const reporter = new LossReporter(counters);
    counters.lose(1n, 5, RING_FULL, 1, 10n);
    counters.overflow(constants.OWNERS - 1, RING_FULL, 7, 11n);
    expect(reporter.report()).toMatchObject([
      { cgroupKey: 1n, count: 1 },
      { cgroupKey: 0n, owner: constants.OWNERS - 1, count: 7 },
    ]);
    counters.overflow(constants.OWNERS - 1, RING_FULL, 2, 12n);
    expect(reporter.report()).toMatchObject([{ owner: constants.OWNERS - 1, count: 2 }]);
  });

  it("frees the counters of a cgroup that is gone, and counts the others on", () => {
    const counters = new FakeCounters();
    const reporter = new LossReporter(counters);
    counters.lose(1n, 5, RING_FULL, 3, 10n);
    counters.lose(1n, 5, constants.LOST_EXIT_RING_FULL, 2, 10n);
    counters.lose(2n, 5, RING_FULL, 1, 10n);
    reporter.report();
    reporter.forgetCgroups(new Set([1n]));
    expect(counters.size).toBe(1);
    counters.lose(2n, 5, RING_FULL, 1, 20n);
    expect(reporter.report()).toMatchObject([{ cgroupKey: 2n, count: 1 }]);
  });

  it("tells a cgroup's losses from the beginning when its counters were freed before", () => {
    const counters = new FakeCounters();
    const reporter = new LossReporter(counters);
    counters.lose(1n, 5, RING_FULL, 3, 10n);
    reporter.report();
    reporter.forgetCgroups(new Set([1n]));
    counters.lose(1n, 5, RING_FULL, 2, 20n);
    expect(reporter.report()).toMatchObject([{ cgroupKey: 1n, count: 2, firstNs: 20n }]);
  });

  it("goes on where an earlier reader's report was kept", () => {
    const counters = new FakeCounters();
    const earlier = new LossReporter(counters);
    counters.lose(1n, 5, RING_FULL, 3, 10n, 20n);
    earlier.keepTold(earlier.report());
    counters.lose(1n, 5, RING_FULL, 4, 30n, 40n);
    counters.lose(2n, 5, RING_FULL, 1, 35n);
    // Told as well, but whoever was told may not have got it.
    earlier.report();
    expect(new LossReporter(counters).report()).toMatchObject([
      { cgroupKey: 1n, count: 4, firstNs: 30n, lastNs: 40n },
      { cgroupKey: 2n, count: 1 },
    ]);
  });

  it("does not read the counters for a cgroup of which nothing was lost", () => {
    const counters = new FakeCounters();
    const reporter = new LossReporter(counters);
    expect(reporter.mayHaveLost(1n)).toBe(false);
    reporter.forgetCgroups(new Set([1n]));
    expect(counters.reads).toBe(0);
    counters.lose(2n, 5, RING_FULL, 3, 10n);
    // Nobody has looked yet whose it is.
    expect(reporter.mayHaveLost(1n)).toBe(true);
    reporter.report();
    expect([1n, 2n].map((key) => reporter.mayHaveLost(key))).toEqual([false, true]);
    reporter.forgetCgroups(new Set([2n]));
    expect(reporter.mayHaveLost(2n)).toBe(false);
    expect(counters.reads).toBe(1);
  });
});
