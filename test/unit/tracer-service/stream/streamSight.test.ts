import { describe, expect, it, vi } from "vitest";

import type { TracerEvent } from "../../../../protocol/events.ts";
import { splitFrame } from "../../../../protocol/serverFrame.ts";
import type { ServerMessage } from "../../../../protocol/stream.ts";
import { Workspace } from "../../../../tracer-service/identity/workspace.ts";
import type { Sight } from "../../../../tracer-service/stream/sight.ts";
import { StreamHub } from "../../../../tracer-service/stream/streamHub.ts";
import { fixtureExec, fixtureLost } from "../output/fixtureEvents.ts";

/** Decisions that a test gives, and in its own time. */
class FakeSight implements Sight {
  all = false;
  readonly decided = new Map<string, boolean>();
  readonly asked = new Map<string, PromiseWithResolvers<boolean>>();

  constructor(decided: Record<string, boolean> = {}) {
    for (const [namespace, seen] of Object.entries(decided)) this.decided.set(namespace, seen);
  }

  sees(namespace: string | undefined): boolean | undefined {
    return namespace === undefined ? this.all : this.decided.get(namespace);
  }

  decide(namespace = ""): Promise<boolean> {
    const asked = this.asked.get(namespace) ?? Promise.withResolvers<boolean>();
    this.asked.set(namespace, asked);
    return asked.promise;
  }

  answer(namespace: string, seen: boolean): void {
    this.decided.set(namespace, seen);
    this.asked.get(namespace)?.resolve(seen);
  }
}

const place = (namespace: string | undefined) => ({
  ...{ namespace, pod: "p", podUid: namespace ?? "", serviceAccount: undefined },
  ...{ container: undefined, image: undefined },
});

function setUp(sight: Sight) {
  let tick = (): void => undefined;
  const workspaces = ["a", "b"].map(
    (namespace) => new Workspace({ username: namespace }, "pod", undefined, place(namespace)),
  );
  const hub = new StreamHub({
    node: { node: "n", bootId: "b", kernel: "6", serviceVersion: "1", run: "r" },
    formatter: {
      format: (event) => `{"seq":${String(event.seq)},"ns":"${event.pod?.namespace ?? "-"}"}\n`,
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
  });
  const frames: string[] = [];
  const closes: string[] = [];
  const transport = {
    bufferedBytes: 0,
    send: (frame: string) => void frames.push(frame),
    close: (code: number, reason: string) => void closes.push(`${String(code)} ${reason}`),
  };
  let seq = 0;
  return {
    ...{
      hub,
      frames,
      closes,
      tick: () => {
        tick();
      },
    },
    connect: () => {
      const client = hub.connect(transport, sight);
      return client;
    },
    write: (namespace: string | undefined, more: Partial<TracerEvent> = {}) => {
      seq++;
      const of = {
        seq,
        pod: namespace === undefined ? undefined : place(namespace),
        attribution: "pod",
      } as const;
      const labels = { username: namespace ?? "" };
      hub.write(
        more.type === "lost"
          ? fixtureLost({ ...of, labels, count: 3 })
          : fixtureExec({ ...of, labels, id: `${String(seq)}.1.1`, parentId: undefined }),
      );
    },
    headers: (): ServerMessage[] => frames.map((frame) => splitFrame(Buffer.from(frame)).header),
    /** Namespaces whose events were told, in order. */
    told: () => frames.flatMap((frame) => [...frame.matchAll(/"ns":"(.)"/g)].map((match) => match[1])),
  };
}

const subscribe = (seq?: number): string =>
  JSON.stringify({
    type: "subscribe",
    filter: { usernames: [], workspaces: [] },
    ...(seq === undefined ? {} : { since: { run: "r", seq } }),
  });

const workspacesTold = (headers: readonly ServerMessage[]): (string | undefined)[][] =>
  headers.flatMap((header) =>
    header.type === "workspaces" ? [header.changed.map(({ namespace }) => namespace)] : [],
  );

describe("a stream's reader that may see one namespace", () => {
  it("is told that namespace's workspaces, processes, events and counts only", () => {
    const { write, connect, headers, told, tick, frames } = setUp(new FakeSight({ a: true, b: false }));
    for (const namespace of ["a", "b", undefined]) write(namespace);
    const client = connect();
    client.receive(subscribe());
    for (const namespace of ["b", "a", undefined, "b"]) write(namespace);
    write("b", { type: "lost" });
    tick();
    // The first is of the snapshot.
    expect(told()).toEqual(["a", "a"]);
    expect(workspacesTold(headers())).toEqual([["a"], ["a"]]);
    const nodes = headers().flatMap((header) => ("node" in header ? [header.node] : []));
    expect(nodes).toMatchObject([
      { execs: 1, lost: 0, rate: 0, unattributed: 0, clients: 1, sees: ["a"] },
      { execs: 2, lost: 0, rate: 0.4, clients: 1, sees: ["a"] },
    ]);
    expect(frames.join("")).not.toMatch(/"username":"b"/);
  });

  it("is told which namespaces it sees when these change, as long as they are not all", () => {
    const sight = new FakeSight({ a: false, b: false });
    const { connect, headers, tick } = setUp(sight);
    const client = connect();
    sight.decided.set("b", true);
    client.sightChanged();
    sight.decided.set("a", true);
    tick();
    sight.all = true;
    tick();
    const nodes = headers().flatMap((header) => ("node" in header ? [header.node.sees] : []));
    expect(nodes).toEqual([[], ["b"], ["a", "b"], undefined]);
  });

  it("is not told the node's news when only others did something", () => {
    const { write, connect, headers, tick } = setUp(new FakeSight({ a: true, b: false }));
    connect();
    tick();
    const before = headers().length;
    write("b");
    tick();
    expect(headers().slice(before)).toEqual([]);
  });

  it("replays nothing else, and is not told how much else there was", async () => {
    const { write, connect, told, headers } = setUp(new FakeSight({ a: true, b: false }));
    for (const namespace of ["a", "b", "b", "a"]) write(namespace);
    const client = connect();
    client.receive(subscribe(0));
    await vi.waitFor(() => {
      client.flush(true);
      expect(headers().at(-1)).toMatchObject({ type: "events", through: 4 });
    });
    expect(told()).toEqual(["a", "a", "a", "a"]);
    expect(headers().findLast(({ type }) => type === "events")).toMatchObject({ through: 4 });
  });

  it("waits with a namespace that turns up until it is decided, and misses nothing of it", async () => {
    const sight = new FakeSight({ a: true });
    const { write, connect, told } = setUp(sight);
    const client = connect();
    client.receive(subscribe());
    for (const namespace of ["a", "b", "a", "b"]) write(namespace);
    client.flush();
    expect(told()).toEqual(["a"]);
    await vi.waitFor(() => {
      expect(sight.asked.has("b")).toBe(true);
    });
    sight.answer("b", true);
    await vi.waitFor(() => {
      client.flush(true);
      expect(told()).toEqual(["a", "b", "a", "b"]);
    });
  });

  it("goes on without a namespace that is denied", async () => {
    const sight = new FakeSight({ a: true });
    const { write, connect, told } = setUp(sight);
    const client = connect();
    client.receive(subscribe());
    for (const namespace of ["b", "a", "b", "a"]) write(namespace);
    await vi.waitFor(() => {
      expect(sight.asked.has("b")).toBe(true);
    });
    sight.answer("b", false);
    await vi.waitFor(() => {
      client.flush(true);
      expect(told()).toEqual(["a", "a"]);
    });
  });

  it("is closed when it can't be decided", async () => {
    const sight = new FakeSight({ a: true });
    const { write, connect, told, closes, hub } = setUp(sight);
    const client = connect();
    client.receive(subscribe());
    write("b");
    await vi.waitFor(() => {
      expect(sight.asked.has("b")).toBe(true);
    });
    sight.asked.get("b")?.reject(new Error("the API server does not answer"));
    await vi.waitFor(() => {
      expect(closes).toEqual(["1013 the API server does not answer"]);
    });
    expect(told()).toEqual([]);
    expect(hub.statistics.clients).toBe(0);
  });

  it("is told nothing more of a namespace that is revoked, not even what waits", () => {
    const sight = new FakeSight({ a: true, b: true });
    const { write, connect, told, headers } = setUp(sight);
    const client = connect();
    client.receive(subscribe());
    write("b");
    write("a");
    sight.decided.set("b", false);
    client.sightChanged();
    write("b");
    client.flush();
    expect(told()).toEqual(["a"]);
    expect(workspacesTold(headers())).toEqual([["a", "b"], ["a"]]);
    expect(
      headers().find((header) => header.type === "workspaces" && header.changed.length === 1),
    ).toMatchObject({
      all: true,
    });
  });
});
