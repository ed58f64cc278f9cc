import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";

import type { Labels, TracerEvent } from "../../../../protocol/events.ts";
import { splitFrame } from "../../../../protocol/serverFrame.ts";
import type { ServerMessage } from "../../../../protocol/stream.ts";
import { Workspace } from "../../../../tracer-service/identity/workspace.ts";
import type { StreamClient } from "../../../../tracer-service/stream/streamClient.ts";
import { StreamHub } from "../../../../tracer-service/stream/streamHub.ts";

const ALL = { usernames: [], workspaces: [] };

function setUp(historyEvents = 100_000, workspaces: readonly Workspace[] = []) {
  let tick = (): void => undefined;
  const hub = new StreamHub({
    node: { node: "n", bootId: "b", kernel: "6", serviceVersion: "1", run: "r" },
    formatter: {
      format: (event) => `{"seq":${String(event.seq)}}\n`,
      formatProcess: ({ id }) => `{"id":"${id}"}\n`,
    },
    workspaces: () => workspaces,
    dateOfBoot: (ns) => ns,
    clock: {
      nowMs: () => 0,
      after: (ms, call) => {
        if (ms === 1000) tick = call;
        return () => undefined;
      },
    },
    maxBufferedBytes: 1_000,
    maxBufferedBytesOfAll: 2_000,
    historyEvents,
  });
  const frames: string[] = [];
  const closes: string[] = [];
  const transport = {
    bufferedBytes: 0,
    send: (frame: string) => void frames.push(frame),
    close: (code: number, reason: string) => void closes.push(`${String(code)} ${reason}`),
  };
  const labels = { username: "jessie", workspace_name: "main" };
  let seq = 0;
  const write = (): void => {
    hub.write(lostEvent(++seq, labels));
  };
  return {
    ...{ hub, frames, closes, transport, write, written: () => seq },
    /** A second passes. */
    tick: () => {
      hub.write(lostEvent(++seq, labels));
      tick();
    },
  };
}

function lostEvent(seq: number, labels: Labels): TracerEvent {
  return {
    ...({
      seq,
      timeNs: 0n,
      labels,
      attribution: "static",
      pod: undefined,
      type: "lost",
      kind: "exec",
    } as const),
    ...({
      reason: "ring_full",
      count: 1,
      firstNs: 0n,
      lastNs: 0n,
      cgroup: undefined,
      program: undefined,
      raw: undefined,
    } as const),
  };
}

function split(frame: string): { readonly header: ServerMessage; readonly lines: string } {
  const { header, lines } = splitFrame(Buffer.from(frame));
  return { header, lines: Buffer.from(lines).toString() };
}

/** Each sequence number that was sent or told as missing. */
function told(frames: readonly string[]): number[] {
  return frames.flatMap((frame) => {
    const { header, lines } = split(frame);
    if (header.type === "gap") {
      return Array.from(
        { length: header.lastSeq - header.firstSeq + 1 },
        (_, index) => header.firstSeq + index,
      );
    }
    if (header.type !== "events") return [];
    return [...lines.matchAll(/"seq":(\d+)/g)].map((match) => Number(match[1]));
  });
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

/** Lets a replay go on, which another thread decompresses in its own time, until the client was told up to `through`. */
const caughtUp = (client: StreamClient, frames: readonly string[], through: number): Promise<void> =>
  vi.waitFor(
    () => {
      client.drained();
      client.flush(true);
      const last = frames.map((frame) => split(frame).header).findLast(({ type }) => type === "events");
      expect(last).toMatchObject({ through });
    },
    { timeout: 20_000, interval: 5 },
  );

const subscribe = (filter: object, seq?: number, run = "r"): string =>
  JSON.stringify({ type: "subscribe", filter, ...(seq === undefined ? {} : { since: { run, seq } }) });

const types = (frames: readonly string[]): string[] => frames.map((frame) => split(frame).header.type);

describe("StreamHub", () => {
  it("tells every event exactly once or in a gap, in order, whatever comes between", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("event", "full", "drain", "settle"), { maxLength: 60 }),
        fc.nat(2_500),
        async (steps, before) => {
          const { hub, frames, transport, write, written } = setUp(1_500);
          for (let index = 0; index < before; index++) write();
          const client = hub.connect(transport);
          client.receive(JSON.stringify({ type: "subscribe", filter: ALL, since: { run: "r", seq: 0 } }));
          for (const step of steps) {
            if (step === "event") write();
            else if (step === "settle") await settled();
            else transport.bufferedBytes = step === "full" ? 2_000 : 0;
            if (step === "drain") client.drained();
          }
          transport.bufferedBytes = 0;
          if (written() > 0) await caughtUp(client, frames, written());
          expect(told(frames)).toEqual(Array.from({ length: written() }, (_, index) => index + 1));
        },
      ),
      { numRuns: 25 },
    );
  });

  it("leaves out what the filter does not name", () => {
    const { hub, frames, transport, write } = setUp();
    const client = hub.connect(transport);
    client.receive(JSON.stringify({ type: "subscribe", filter: { ...ALL, usernames: ["robin"] } }));
    write();
    client.flush(true);
    expect(told(frames)).toEqual([]);
    expect(split(frames.at(-1) ?? "").header).toEqual({ type: "events", count: 0, through: 1 });
  });

  it("greets with the node and all workspaces, then answers a subscription with a snapshot", () => {
    const { hub, frames, transport } = setUp();
    hub.connect(transport).receive(subscribe(ALL));
    expect(types(frames)).toEqual(["hello", "workspaces", "subscribed", "snapshot"]);
  });

  it("withholds from a reader that is behind, tells it exactly what, and goes on", () => {
    const { hub, frames, transport, write } = setUp();
    const client = hub.connect(transport);
    client.receive(subscribe(ALL));
    write();
    client.flush();
    transport.bufferedBytes = 2000;
    for (let index = 0; index < 10; index++) write();
    transport.bufferedBytes = 0;
    client.drained();
    write();
    client.flush();
    const headers = frames.map((frame) => split(frame).header);
    expect(headers.filter(({ type }) => type === "gap")).toMatchObject([
      { reason: "slow_reader", firstSeq: 2, lastSeq: 11, events: 10, execs: 0 },
    ]);
    expect(headers.at(-1)).toEqual({ type: "events", count: 1, through: 12 });
    expect(hub.statistics.gaps).toBe(1);
  });

  it("lets less wait for each reader the more there are, so that all together stay bounded", () => {
    const { hub, transport, write } = setUp();
    const full = { ...transport, bufferedBytes: 900 };
    hub.connect(full).receive(JSON.stringify({ type: "subscribe", filter: ALL }));
    write();
    expect(hub.statistics).toMatchObject({ behind: 0, withheld: 0 });
    hub.connect(transport);
    hub.connect(transport);
    write();
    expect(hub.statistics).toMatchObject({ behind: 1, withheld: 1 });
  });

  it("does not let what it withholds from one reader reach another", () => {
    const { hub, transport, write } = setUp();
    const quick: string[] = [];
    hub.connect({ ...transport, bufferedBytes: 2000 }).receive(subscribe(ALL));
    const client = hub.connect({ ...transport, send: (frame) => void quick.push(frame) });
    client.receive(subscribe(ALL));
    for (let index = 0; index < 10; index++) write();
    client.flush();
    expect(told(quick)).toHaveLength(10);
  });

  it("tells a reader that is behind no news, and the latest state once it has caught up", () => {
    const { hub, frames, transport, tick } = setUp();
    const client = hub.connect(transport);
    transport.bufferedBytes = 2000;
    const before = frames.length;
    for (let index = 0; index < 100; index++) tick();
    expect(frames).toHaveLength(before);
    transport.bufferedBytes = 0;
    client.drained();
    expect(types(frames.slice(before))).toEqual(["node", "workspaces"]);
  });

  it("answers each subscription of a reader that is behind, the last one with a snapshot, when there is room", () => {
    const { hub, frames, closes, transport } = setUp();
    const client = hub.connect(transport);
    transport.bufferedBytes = 2000;
    const before = frames.length;
    for (let index = 0; index < 3; index++) client.receive(subscribe(ALL));
    expect(frames).toHaveLength(before);
    transport.bufferedBytes = 0;
    client.drained();
    expect(types(frames.slice(before))).toEqual(["subscribed", "subscribed", "subscribed", "snapshot"]);
    transport.bufferedBytes = 2000;
    for (let index = 0; index < 17; index++) client.receive(subscribe(ALL));
    expect(closes).toEqual(["1008 too many subscriptions: read what was sent before you ask for more"]);
  });

  it.each([
    ["what is kept, after a gap for what is not", 0, "r", [{ reason: "not_kept", firstSeq: 1 }]],
    ["nothing that was seen already", 3990, "r", []],
    ["nothing to who claims to have seen more than there is", 9000, "r", []],
    [
      "everything kept, after two gaps, to who saw another run",
      17,
      "another",
      [
        { reason: "restarted", firstSeq: 18, lastSeq: 0 },
        { reason: "not_kept", firstSeq: 1 },
      ],
    ],
  ] as const)("replays %s", async (_, seq, run, gaps) => {
    const { hub, frames, transport, write } = setUp(1500);
    for (let index = 0; index < 4000; index++) write();
    const client = hub.connect(transport);
    client.receive(subscribe(ALL, seq, run));
    if (seq <= 4000) await caughtUp(client, frames, 4000);
    else await settled();
    const headers = frames.map((frame) => split(frame).header);
    expect(headers.filter(({ type }) => type === "gap")).toMatchObject([...gaps]);
    const seqs = frames.flatMap((frame) =>
      [...split(frame).lines.matchAll(/"seq":(\d+)/g)].map((match) => Number(match[1])),
    );
    const notKept = headers.find((header) => header.type === "gap" && header.reason === "not_kept");
    const first = notKept?.type === "gap" ? notKept.lastSeq + 1 : Math.min(seq, 4000) + 1;
    expect(seqs).toEqual(Array.from({ length: 4001 - first }, (_, index) => first + index));
  });

  it("ends a replay that another subscription replaces, and repeats nothing within the new one", async () => {
    const { hub, frames, transport, write, written } = setUp();
    for (let index = 0; index < 3000; index++) write();
    const client = hub.connect(transport);
    client.receive(subscribe(ALL, 0));
    await Promise.resolve();
    client.receive(subscribe(ALL, 0));
    for (let round = 0; round < 10; round++) {
      write();
      await settled();
    }
    await caughtUp(client, frames, written());
    const last = types(frames).lastIndexOf("subscribed");
    expect(told(frames.slice(last))).toEqual(Array.from({ length: written() }, (_, index) => index + 1));
  });

  it("splits what is told of many workspaces", () => {
    const many = Array.from(
      { length: 1200 },
      (_, index) => new Workspace({ username: `user${String(index)}` }, "cgroup", `/w/${String(index)}`),
    );
    const { hub, frames, transport } = setUp(100, many);
    hub.connect(transport);
    const messages = frames.flatMap((frame) => {
      const { header } = split(frame);
      return header.type === "workspaces" ? [[header.all, header.changed.length]] : [];
    });
    expect(messages).toEqual([
      [true, 500],
      [false, 500],
      [false, 200],
    ]);
  });

  it("closes the connection of a wrong message with a reason", () => {
    const { hub, closes, transport } = setUp();
    hub.connect(transport).receive("{}");
    expect(closes).toEqual([
      '1008 message has an unknown type: give "subscribe", "unsubscribe" or "checkHead"',
    ]);
    expect(hub.statistics.clients).toBe(0);
  });
});
