import { describe, expect, it } from "vitest";

import { decodeRecord } from "../../../../tracer-service/decode/decodeRecord.ts";
import type { KernelExec, KernelExit } from "../../../../tracer-service/decode/kernelRecord.ts";
import { Workspace } from "../../../../tracer-service/identity/workspace.ts";
import { constants } from "../../../../tracer-service/kernel/layout.ts";
import { EventFactory } from "../../../../tracer-service/pipeline/eventFactory.ts";
import { WallClock } from "../../../../tracer-service/pipeline/wallClock.ts";
import { encodeExec, encodeRecord, placeRecord } from "../decode/fixtureRecords.ts";

const clock = new WallClock(() => ({ bootNs: 0n, offsetNs: 1_000_000n }));
const workspace = new Workspace({ username: "jessie", workspace_name: "main" }, "cgroup", "/w/jessie/main");
const known = { workspace, cgroup: "/w/jessie/main/x" };
const unknown = { workspace: undefined, cgroup: undefined };

function decode(record: Buffer): KernelExec | KernelExit {
  const decoded = decodeRecord(placeRecord(record), 64, record.length);
  if (decoded.type !== "exec" && decoded.type !== "exit") throw new Error("it is of another type");
  return decoded;
}

const fields = { time_ns: 500n, cgroup: (8n << 48n) | 77n, pid: 12, start_ns: 100n };
const exec = decode(encodeExec({ head: Buffer.from("true\0") }, { ...fields, exec_number: 1 })) as KernelExec;
const exit = decode(
  encodeRecord("exit_record", { ...fields, type: constants.RECORD_EXIT, exec_number: 1, status: 0x100 }),
) as KernelExit;
const loss = {
  cgroupKey: 77n,
  owner: 3,
  kind: "exec",
  reason: "ring_full",
  count: 4,
  firstNs: 600n,
  lastNs: 700n,
} as const;

describe("EventFactory", () => {
  it("numbers events of all types from 1 on", () => {
    const events = new EventFactory(clock);
    expect(events.seq).toBe(0);
    const made = [
      events.exec(exec, known),
      events.exit(exit, known),
      events.lost(loss, known),
      events.exec(exec, known),
    ];
    expect(made.map(({ type, seq }) => [type, seq])).toEqual([
      ["exec", 1],
      ["exit", 2],
      ["lost", 3],
      ["exec", 4],
    ]);
    expect(events.seq).toBe(4);
  });

  it("dates and labels them", () => {
    const events = new EventFactory(clock);
    const shared = { labels: workspace.labels, attribution: "cgroup" };
    expect(events.exec(exec, known)).toMatchObject({
      ...shared,
      timeNs: 1_000_500n,
      cgroup: "/w/jessie/main/x",
      cgroupId: 77n,
      id: "12.100.1",
      argv: ["true"],
    });
    expect(events.exit(exit, known)).toMatchObject({
      ...shared,
      timeNs: 1_000_500n,
      exitCode: 1,
      durationNs: 400n,
      id: "12.100.1",
    });
    expect(events.lost(loss, known)).toMatchObject({
      ...shared,
      timeNs: 1_000_700n,
      firstNs: 1_000_600n,
      lastNs: 1_000_700n,
      count: 4,
      kind: "exec",
      reason: "ring_full",
      cgroup: "/w/jessie/main/x",
    });
  });

  it("keeps the bytes of names that are not UTF-8 beside them", () => {
    const events = new EventFactory(clock);
    const hostile = { workspace, cgroup: "/w/\udcff" };
    const raw = { cgroup: Buffer.from([0x2f, 0x77, 0x2f, 0xff]).toString("base64") };
    expect(events.exec({ ...exec, raw: { cwd: "/w==" } }, hostile)).toMatchObject({
      cgroup: "/w/\ufffd",
      raw: { ...raw, cwd: "/w==" },
    });
    const program = { text: "\ufffd", raw: "/w==" };
    expect(events.lost({ ...loss, program }, hostile)).toMatchObject({
      cgroup: "/w/\ufffd",
      program: "\ufffd",
      raw: { ...raw, program: "/w==" },
    });
    expect(events.lost(loss, known).raw).toBeUndefined();
  });

  it("says so where nobody knows the workspace", () => {
    const events = new EventFactory(clock);
    for (const event of [
      events.exec(exec, unknown),
      events.exit(exit, unknown),
      events.lost(loss, unknown),
    ]) {
      expect(event).toMatchObject({ labels: {}, attribution: "none" });
    }
    expect(events.exec(exec, unknown)).toMatchObject({ nested: false, cgroup: undefined });
  });

  it("names the pod and how this event came to it", () => {
    const pod = {
      ...{ namespace: "coder", pod: "p", podUid: "u", serviceAccount: "s", container: "c", image: "i" },
    };
    const nested = { ...known, pod, attribution: "pid_namespace" } as const;
    const events = new EventFactory(clock);
    for (const event of [events.exec(exec, nested), events.exit(exit, nested), events.lost(loss, nested)]) {
      expect(event).toMatchObject({ labels: workspace.labels, attribution: "pid_namespace", pod });
    }
    expect(events.exec(exec, known).pod).toBeUndefined();
  });

  it("passes on everything that the kernel told of an exec, but where it came from", () => {
    const event = new EventFactory(clock).exec(exec, known);
    const own = ["cpu", "cpuSeq", "cgroupKey", "owner", "nsLevel", "timeNs", "via", "origin"];
    const passed = Object.entries(exec).filter(([name]) => !own.includes(name));
    expect(event).toMatchObject(Object.fromEntries(passed));
    expect(passed.length).toBeGreaterThan(35);
  });
});
