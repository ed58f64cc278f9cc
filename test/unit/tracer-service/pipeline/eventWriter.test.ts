import { describe, expect, it } from "vitest";

import type { TracerEvent } from "../../../../protocol/events.ts";
import { decodeRecord } from "../../../../tracer-service/decode/decodeRecord.ts";
import type { KernelExec, KernelExit } from "../../../../tracer-service/decode/kernelRecord.ts";
import { constants } from "../../../../tracer-service/kernel/layout.ts";
import type {
  Attributed,
  Awaited,
  IdentityProvider,
  Whereabouts,
} from "../../../../tracer-service/identity/identityProvider.ts";
import { Workspace } from "../../../../tracer-service/identity/workspace.ts";
import { EarlierNumbers } from "../../../../tracer-service/pipeline/earlierNumbers.ts";
import { EventFactory } from "../../../../tracer-service/pipeline/eventFactory.ts";
import { EventWriter } from "../../../../tracer-service/pipeline/eventWriter.ts";
import type { SnapshotProcess } from "../../../../tracer-service/pipeline/snapshot.ts";
import { WallClock } from "../../../../tracer-service/pipeline/wallClock.ts";
import { LogLineFormatter } from "../../../../tracer-service/output/logLine.ts";
import { encodeExec, encodeRecord, placeRecord } from "../decode/fixtureRecords.ts";
import { fixtureExec } from "../output/fixtureEvents.ts";

const formatter = new LogLineFormatter({ node: "n", bootId: "b", maxLineBytes: undefined });

const place = {
  ...{ namespace: undefined, pod: undefined, podUid: "u", serviceAccount: undefined },
  ...{ container: undefined, image: undefined },
};

/** Every cgroup is a pod of which nothing is known until `known` says what it is. */
class FakeProvider implements IdentityProvider {
  readonly known = new Map<bigint, Attributed | "outside">();
  tell: (awaiting: string) => void = () => expect.unreachable();

  start(): void {
    expect.unreachable();
  }
  cgroupMade(): void {
    expect.unreachable();
  }
  cgroupRemoved(): void {
    expect.unreachable();
  }
  resynchronise(): void {
    expect.unreachable();
  }
  workspaces(): [] {
    return [];
  }
  onNews(listener: (awaiting: string) => void): void {
    this.tell = listener;
  }
  attribute({ cgroupKey }: Whereabouts): Attributed | "outside" | Awaited {
    return (
      this.known.get(cgroupKey) ?? {
        awaiting: String(cgroupKey),
        settle: () => this.known.get(cgroupKey),
        giveUp: () => ({ workspace: undefined, cgroup: "/p", pod: place, attribution: "pending-expired" }),
      }
    );
  }
}

const LINEAGE_KNOWN = 1;

function exec(cgroup: bigint, pid: number, fields: Record<string, number> = {}): KernelExec {
  const record = encodeExec({ head: Buffer.from("true\0") }, { cgroup, pid, exec_number: 1, ...fields });
  const decoded = decodeRecord(placeRecord(record), 64, record.length);
  if (decoded.type !== "exec") throw new Error("it is of another type");
  return decoded;
}

function exit(cgroup: bigint, pid: number, fields: Record<string, number> = {}): KernelExit {
  const head = { type: constants.RECORD_EXIT, cgroup, pid, exec_number: 1 };
  const record = encodeRecord("exit_record", { ...head, ...fields });
  const decoded = decodeRecord(placeRecord(record), 64, record.length);
  if (decoded.type !== "exit") throw new Error("it is of another type");
  return decoded;
}

function start(limits = { maxMs: 100, maxBytes: 1_000_000 }, earlier?: EarlierNumbers) {
  const provider = new FakeProvider();
  const written: TracerEvent[] = [];
  const repeated: TracerEvent[] = [];
  const waited: number[] = [];
  const running: SnapshotProcess[] = [];
  const clock = { ms: 0 };
  const writer = new EventWriter(
    new EventFactory(
      new WallClock(() => ({ bootNs: 0n, offsetNs: 0n })),
      earlier === undefined ? 0 : 100,
      earlier,
    ),
    provider,
    {
      write: (event) => written.push(event),
      repeat: (event) => repeated.push(event),
      running: (process) => running.push(process),
    },
    { limits, nowMs: () => clock.ms, waits: () => waited.push(written.length) },
  );
  const take = (cgroup: bigint, pid: number): void => {
    const record = exec(cgroup, pid);
    writer.take(record, record);
  };
  const told = () =>
    written.map((event) => [event.seq, event.type === "lost" ? 0 : event.pid, event.attribution]);
  return { provider, running, clock, writer, take, told, written, repeated, waited };
}

const jessie: Attributed = { workspace: new Workspace({ username: "jessie" }, "pod"), cgroup: "/p" };

describe("EventWriter", () => {
  it("says that events wait before others overtake them", () => {
    const { provider, take, waited } = start();
    provider.known.set(2n, jessie);
    take(2n, 21);
    take(1n, 11);
    take(2n, 22);
    expect(waited).toEqual([1]);
  });

  it("repeats what an earlier run has told by the number that it had, once, and numbers the rest behind", () => {
    const record = exec(1n, 11);
    const earlier = new EarlierNumbers();
    earlier.add(formatter.format(fixtureExec({ id: record.id, seq: 7 })), 7);
    const { provider, take, told, repeated } = start(undefined, earlier);
    provider.known.set(1n, jessie);
    take(1n, 10);
    take(1n, 11);
    take(1n, 12);
    expect(repeated.map(({ seq }) => seq)).toEqual([7]);
    expect(told()).toEqual([
      [101, 10, "pod"],
      [102, 12, "pod"],
    ]);
  });

  it("numbers events as they go out, so that waiting makes no hole", () => {
    const { provider, take, told } = start();
    provider.known.set(2n, jessie);
    take(1n, 11);
    take(2n, 21);
    take(1n, 12);
    expect(told()).toEqual([[1, 21, "pod"]]);
    provider.known.set(1n, jessie);
    provider.tell("1");
    take(1n, 13);
    expect(told()).toEqual([
      [1, 21, "pod"],
      [2, 11, "pod"],
      [3, 12, "pod"],
      [4, 13, "pod"],
    ]);
  });

  it("lets events go with their pod's uid when their time is over, and counts them", () => {
    const { clock, writer, take, told } = start();
    take(1n, 11);
    clock.ms = 99;
    writer.expire();
    expect(told()).toEqual([]);
    expect(writer.counts).toMatchObject({ pending: 1, pendingExpired: 0 });
    clock.ms = 100;
    writer.expire();
    expect(told()).toEqual([[1, 11, "pending-expired"]]);
    expect(writer.counts).toMatchObject({ pending: 0, pendingBytes: 0, pendingExpired: 1, unattributed: 1 });
  });

  it("drops nothing when there is no room to wait", () => {
    const { writer, take, told } = start({ maxMs: 100, maxBytes: 4_000 });
    for (let pid = 1; pid <= 5; pid++) take(1n, pid);
    writer.finish();
    expect(told().map(([, pid]) => pid)).toEqual([1, 2, 3, 4, 5]);
    expect(writer.counts).toMatchObject({ pending: 0, pendingExpired: 5 });
  });

  it("leaves out what turns out to belong to no workspace", () => {
    const { provider, writer, take, told } = start();
    take(1n, 11);
    provider.known.set(1n, "outside");
    provider.tell("1");
    expect(told()).toEqual([]);
    expect(writer.counts).toMatchObject({ outside: 1, pending: 0, pendingExpired: 0 });
  });

  it("says what is known by now when it gives up", () => {
    const { provider, writer, take, told } = start();
    take(1n, 11);
    provider.known.set(1n, jessie);
    writer.finish();
    expect(told()).toEqual([[1, 11, "pod"]]);
    expect(writer.counts.pendingExpired).toBe(0);
  });

  it("lets losses and running processes wait in the same order", () => {
    const { provider, running, writer, take, told } = start();
    const where = { cgroupKey: 1n, owner: 2, loginUid: undefined };
    const loss = { ...where, kind: "exec", reason: "ring_full", count: 4, firstNs: 1n, lastNs: 2n } as const;
    writer.take({ type: "running", process: (attributed) => ({ attributed }) as never }, where);
    take(1n, 11);
    writer.take({ type: "lost", loss }, where);
    expect(told()).toEqual([]);
    provider.known.set(1n, jessie);
    provider.tell("1");
    expect(running).toEqual([{ attributed: jessie }]);
    expect(told()).toEqual([
      [1, 11, "pod"],
      [2, 0, "pod"],
    ]);
  });

  it("counts what belongs to no known workspace, by event", () => {
    const { provider, writer } = start();
    provider.known.set(1n, { workspace: undefined, cgroup: "/p" });
    provider.known.set(2n, jessie);
    for (const record of [exec(1n, 11), exit(1n, 11), exec(2n, 21), exit(2n, 21)])
      writer.take(record, record);
    expect(writer.counts).toMatchObject({ unattributed: 2, outside: 0 });
  });

  describe("a process in a deeper PID namespace than the workspace's", () => {
    /** Whether `last` is told as nested after all of `before`, in one workspace. */
    function isNested(
      before: readonly (KernelExec | KernelExit | "lost exit" | "lost exec")[],
      last: KernelExec,
    ) {
      const { provider, writer, written } = start();
      provider.known.set(1n, { workspace: new Workspace({ username: "jessie" }, "pod"), cgroup: "/p" });
      const where = { cgroupKey: 1n, owner: 2, loginUid: undefined };
      for (const what of [...before, last]) {
        if (typeof what === "object") {
          writer.take(what, what);
          continue;
        }
        const kind = what === "lost exit" ? "exit" : "exec";
        const loss = { ...where, kind, reason: "ring_full", count: 1, firstNs: 1n, lastNs: 2n } as const;
        writer.take({ type: "lost", loss }, where);
      }
      const event = written.at(-1);
      return event?.type === "exec" && event.nested;
    }
    const runtime = exec(1n, 11, { ns_level: 1 });
    const deeper = exec(1n, 12, { ns_level: 2, lineage: LINEAGE_KNOWN });

    it.each([
      ["is nested while the other runs", [runtime], true],
      ["is not once the other has ended", [runtime, exit(1n, 11, { ns_level: 1 })], false],
      ["is nested where one of another depth has ended", [runtime, exit(1n, 11, { ns_level: 2 })], true],
      [
        "is nested where one ended that never entered",
        [runtime, exit(1n, 9, { ns_level: 1, exec_ns: 5 })],
        true,
      ],
      ["is not where the other's end may be lost", [runtime, "lost exit" as const], false],
      ["is nested where only execs are lost", [runtime, "lost exec" as const], true],
      ["is not after a later program of the other", [exec(1n, 11, { ns_level: 1, exec_number: 2 })], false],
      [
        "is nested whatever ended, where the other was born in the workspace",
        [
          exec(1n, 11, { ns_level: 1, lineage: LINEAGE_KNOWN }),
          exit(1n, 11, { ns_level: 1 }),
          "lost exit" as const,
        ],
        true,
      ],
    ])("%s", (_, before, nested) => {
      expect(isNested(before, deeper)).toBe(nested);
    });
  });
});
