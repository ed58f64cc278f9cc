import { expect, it } from "vitest";

import { constants, layout } from "../../../../tracer-service/kernel/layout.ts";
import { LossCounters } from "../../../../tracer-service/kernel/lossCounters.ts";

/** Maps of the kernel in memory, by their names. */
class FakeMaps {
  readonly entries = new Map<string, Map<string, Buffer>>();

  map(name: string) {
    const entries = new Map<string, Buffer>();
    this.entries.set(name, entries);
    return {
      get: (key: Buffer) => entries.get(key.toString("hex")),
      set: (key: Buffer, value: Buffer) => void entries.set(key.toString("hex"), value),
      delete: (key: Buffer) => entries.delete(key.toString("hex")),
      keys: () => [...entries.keys()].map((key) => Buffer.from(key, "hex")),
    };
  }

  of(name: string): Map<string, Buffer> {
    return this.entries.get(name) ?? new Map<string, Buffer>();
  }
}

function start() {
  const maps = new FakeMaps();
  const freed = { slots: 0, periods: 0 };
  const state = { lossesForgotten: 0n };
  const shared = {
    losses: 0n,
    beginLossPeriod: () => freed.periods++,
    freeLossCounter: () => freed.slots++,
  };
  const counters = new LossCounters(maps as never, shared as never, state as never);
  /** As the kernel counts. */
  const count = (cgroup: bigint, owner: number, reason: number, losses: number): void => {
    const key = Buffer.alloc(layout.loss_key.size);
    key.writeBigUInt64LE(cgroup, layout.loss_key.cgroup);
    key.writeUInt32LE(owner, layout.loss_key.owner);
    key.writeUInt32LE(reason, layout.loss_key.reason);
    const value = Buffer.alloc(layout.program_loss.size);
    value.writeBigUInt64LE(BigInt(losses), layout.loss.count);
    value.writeBigUInt64LE(5n, layout.loss.first_ns);
    value.writeBigUInt64LE(6n, layout.loss.last_ns);
    maps.of("losses").set(key.toString("hex"), value);
  };
  return { maps, counters, count, freed, state };
}

const { LOST_EXEC_RING_FULL, LOST_EXIT_RING_FULL } = constants;

it("gives each counter with its first and last time, and begins a new period", () => {
  const { counters, count, freed } = start();
  count(7n, 3, LOST_EXEC_RING_FULL, 4);
  expect(counters.read()).toEqual([
    {
      ...{ cgroupKey: 7n, owner: 3, reason: LOST_EXEC_RING_FULL, count: 4n, firstNs: 5n, lastNs: 6n },
      ...{ program: 0, comm: { text: "", raw: undefined } },
    },
  ]);
  expect(freed.periods).toBe(1);
});

it("frees what is forgotten, for its owner and for all, and keeps how much that was", () => {
  const { maps, counters, count, freed, state } = start();
  count(7n, 3, LOST_EXEC_RING_FULL, 4);
  count(7n, 3, LOST_EXIT_RING_FULL, 5);
  count(8n, 3, LOST_EXEC_RING_FULL, 6);
  const all = counters.read();
  for (const loss of all) counters.keepTold(loss);
  expect(all.map((loss) => counters.told(loss))).toEqual(
    all.map(({ count: told }) => ({ count: told, lastNs: 6n })),
  );
  const gone = all.filter(({ cgroupKey }) => cgroupKey === 7n);
  for (const loss of gone) counters.forget(loss);
  expect(counters.read().map(({ cgroupKey }) => cgroupKey)).toEqual([8n]);
  expect(gone.map((loss) => counters.told(loss))).toEqual([undefined, undefined]);
  expect(maps.of("losses_told").size).toBe(1);
  expect([...maps.of("loss_counters_freed").values()].map((value) => value.readBigUInt64LE())).toEqual([2n]);
  expect([freed.slots, state.lossesForgotten]).toEqual([2, 9n]);
});

it("gives what an owner lost whose cgroups found no counter, by reason", () => {
  const { maps, counters } = start();
  const owner = Buffer.alloc(layout.owner.size);
  const at = layout.owner.overflow + LOST_EXIT_RING_FULL * layout.loss.size;
  owner.writeBigUInt64LE(9n, at + layout.loss.count);
  maps.of("owners").set("03000000", owner);
  expect(counters.readOverflow(3)).toMatchObject([
    { cgroupKey: 0n, owner: 3, reason: LOST_EXIT_RING_FULL, count: 9n },
  ]);
  expect(counters.readOverflow(4)).toEqual([]);
});

it("knows the login uid of an owner that is one's alone", () => {
  const { maps, counters } = start();
  const key = Buffer.alloc(4);
  key.writeUInt32LE(constants.FIRST_LOGIN_OWNER);
  const owner = Buffer.alloc(layout.owner.size);
  owner.writeBigUInt64LE(1_001n, layout.owner.login_uid);
  maps.of("owners").set(key.toString("hex"), owner);
  expect(
    [constants.FIRST_LOGIN_OWNER - 1, constants.FIRST_LOGIN_OWNER, constants.FIRST_LOGIN_OWNER + 1].map(
      (each) => counters.loginUid(each),
    ),
  ).toEqual([undefined, 1_000, undefined]);
});
