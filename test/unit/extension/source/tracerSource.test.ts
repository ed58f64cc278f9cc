import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConnectionError } from "../../../../extension/source/connectionError.ts";
import type { WorkspacesChange } from "../../../../extension/source/eventSource.ts";
import { RECENT_MS } from "../../../../extension/source/streamSubscription.ts";
import { TracerSource } from "../../../../extension/source/tracerSource.ts";
import { setTexts } from "../../../../protocol/text/translate.ts";
import { FakeClock } from "../fakeClock.ts";
import { FakeTracer, settle } from "./fakeTracer.ts";
import {
  EVERYTHING,
  events,
  frame,
  gap,
  hello,
  JESSIE,
  nodeState,
  RecordingSink,
  SUBSCRIBED,
  workspaceState,
} from "./fixtureStream.ts";

let clock: FakeClock;
let tracer: FakeTracer;
let log: string[];
let source: TracerSource;

beforeEach(() => {
  clock = new FakeClock();
  tracer = new FakeTracer();
  log = [];
});

afterEach(() => {
  setTexts({});
  source.dispose();
});

async function start(): Promise<void> {
  source = new TracerSource({
    id: "tracer:test",
    name: "laptop",
    open: tracer.open,
    clock,
    log: (message) => log.push(message),
  });
  await settle();
}

async function startGreeted(): Promise<void> {
  await start();
  tracer.last.say(frame(hello()));
}

/** Waits until the next try has been made. */
async function comeBack(change: Parameters<typeof hello>[0] = {}): Promise<void> {
  clock.advance(30_000);
  await settle();
  tracer.last.say(frame(hello(change)));
}

describe("TracerSource", () => {
  it("is connected once the tracer has said hello, and then has its name and node", async () => {
    await start();
    const states: string[] = [];
    source.onDidChangeState(() => states.push(`${source.state.type} ${source.name}`));
    expect([source.state, source.name, source.node]).toEqual([{ type: "connecting" }, "laptop", undefined]);
    tracer.last.say(frame(hello()));
    expect(states.at(-1)).toBe("connected node-a");
    expect(source.node?.kernel).toBe("6.1.0-18-amd64");
    tracer.last.say(frame({ type: "node", node: nodeState({ execs: 77 }) }));
    expect(source.node?.execs).toBe(77);
  });

  it("keeps the workspaces up to date and tells changes", async () => {
    await startGreeted();
    const changes: WorkspacesChange[] = [];
    source.onDidChangeWorkspaces((change) => changes.push(change));
    const [a, b] = [workspaceState("a"), workspaceState("b")];
    tracer.last.say(
      frame({ type: "workspaces", all: true, changed: [a], removed: [] }),
      frame({ type: "workspaces", all: false, changed: [b], removed: ["a"] }),
    );
    expect([...source.workspaces.keys()]).toEqual(["b"]);
    expect(changes.map(({ removed }) => removed)).toEqual([[], ["a"]]);
  });

  it("hands on snapshot, events and gaps as they came, and logs what a snapshot leaves out", async () => {
    await startGreeted();
    const sink = new RecordingSink();
    source.subscribe(EVERYTHING, sink);
    expect(tracer.last.sent).toEqual([{ type: "subscribe", filter: EVERYTHING, recentMs: RECENT_MS }]);
    tracer.last.say(
      frame(SUBSCRIBED),
      frame({ type: "snapshot", count: 1, omitted: 3 }, '{"msg":"process"}'),
      events(1, "a", "b"),
    );
    await settle();
    tracer.last.say(frame(gap()));
    await settle();
    const unknown = { execs: undefined, firstTs: undefined, lastTs: undefined };
    const untold = { type: "gap", reason: "untold", firstSeq: 0, lastSeq: 0, events: 3, ...unknown };
    expect(sink.got).toEqual([untold, '{"msg":"process"}\n', '{"msg":"a"}\n{"msg":"b"}\n', gap()]);
    expect(log.at(-1)).toBe("node-a has 3 more processes alive than it tells");
  });

  it("drops what still answers an earlier request", async () => {
    await startGreeted();
    const [first, second] = [new RecordingSink(), new RecordingSink()];
    source.subscribe(EVERYTHING, first);
    source.subscribe(JESSIE, second);
    tracer.last.say(
      frame(SUBSCRIBED),
      events(5, "of the first"),
      frame(SUBSCRIBED),
      events(6, "of the second"),
    );
    await settle();
    expect([first.names, second.names]).toEqual([[], ["of the second"]]);
    expect(tracer.last.sent.map((each) => (each as { type: string }).type)).toEqual([
      "subscribe",
      "unsubscribe",
      "subscribe",
    ]);
  });

  it("says since when and why it is disconnected, tries again, and continues where it stopped", async () => {
    await startGreeted();
    const sink = new RecordingSink();
    source.subscribe(JESSIE, sink);
    tracer.last.say(frame(SUBSCRIBED), events(42, "a"));
    await settle();
    const lostMs = clock.nowMs();
    tracer.last.lose("the tracer service has stopped");
    expect(source.state).toEqual({
      type: "disconnected",
      sinceMs: lostMs,
      why: "the tracer service has stopped",
      retryMs: lostMs + 250,
    });
    await comeBack();
    expect(source.state).toEqual({ type: "connected" });
    expect(tracer.last.sent).toEqual([
      { type: "subscribe", filter: JESSIE, since: { run: "run-1", seq: 42 } },
    ]);
  });

  it("keeps its workspaces and its name while it is disconnected", async () => {
    await startGreeted();
    tracer.last.say(frame({ type: "workspaces", all: true, changed: [workspaceState("a")], removed: [] }));
    tracer.last.lose();
    expect([source.name, source.workspaces.size]).toEqual(["node-a", 1]);
  });

  it("waits longer from try to try while connections are refused, and hears no earlier one", async () => {
    tracer.refusal = new ConnectionError(() => "nobody answers", false);
    await start();
    const waits: number[] = [];
    for (let each = 0; each < 4; each++) {
      const { state } = source;
      if (state.type !== "disconnected" || state.retryMs === undefined) throw new Error("it does not retry");
      waits.push(state.retryMs - clock.nowMs());
      clock.advance(waits[each] ?? 0);
      await settle();
    }
    expect(waits).toEqual([250, 500, 1000, 2000]);
    expect(log).toEqual(["no connection to laptop: nobody answers"]);
    expect(clock.pendingTimers).toBe(1);
  });

  it("says in the reader's language why it is not connected, and logs it in English", async () => {
    setTexts({ "the connection was lost": "die Verbindung ging verloren" });
    tracer.refusal = new ConnectionError((t) => t("the connection was lost"), false);
    await start();
    expect(source.state).toMatchObject({ why: "die Verbindung ging verloren" });
    expect(log).toEqual(["no connection to laptop: the connection was lost"]);
  });

  it.each<[string, (opened: FakeTracer) => void, string]>([
    [
      "a version that this extension does not speak",
      ({ last }) => {
        last.say(frame(hello({}, 2)));
      },
      "the tracer service speaks version 2 of the stream, and this extension version 1: update the older one",
    ],
    [
      "a final refusal",
      ({ last }) => {
        last.lose("the token is not accepted", true);
      },
      "the token is not accepted",
    ],
  ])("waits for the user after %s", async (_, act, why) => {
    await start();
    act(tracer);
    expect(source.state).toMatchObject({ type: "disconnected", why, retryMs: undefined });
    clock.advance(3_600_000);
    await settle();
    expect(tracer.connections).toHaveLength(1);
    source.retry();
    await settle();
    expect(tracer.connections).toHaveLength(2);
  });

  it.each<[string, string[]]>([
    ["no JSON", ["hello"]],
    ["an unknown type", [frame(hello()), '{"type":"run"}\n']],
    ["events before hello", [events(1, "a")]],
    ["hello twice", [frame(hello()), frame(hello())]],
    ["a header of other types", [frame(hello()), '{"type":"events","count":"1","through":{}}\n']],
    ["nothing", [""]],
  ])("ends a connection that says %s, and tries again later", async (_, frames) => {
    await start();
    const connection = tracer.last;
    connection.say(...frames);
    expect(connection.closed).toBe(true);
    expect(source.state).toMatchObject({ type: "disconnected" });
    expect(log.at(-1)).toContain("what answers is no tracer service that this extension understands");
    await comeBack();
    expect(source.state.type).toBe("connected");
  });

  it("gives up a connection on which nobody says hello", async () => {
    await start();
    const connection = tracer.last;
    clock.advance(10_000);
    expect(connection.closed).toBe(true);
    expect(source.state).toMatchObject({
      type: "disconnected",
      why: expect.stringContaining("says nothing") as string,
    });
  });

  it("hears nothing of a connection that it has ended", async () => {
    await startGreeted();
    const old = tracer.last;
    old.lose();
    await comeBack();
    old.say(frame(hello({ node: "impostor" })));
    old.lose();
    expect([source.name, source.state.type]).toEqual(["node-a", "connected"]);
  });

  it("has another connection take the place of one whose token ends soon, and reads on where it is", async () => {
    tracer.renewMs = clock.nowMs() + 60_000;
    await startGreeted();
    const states: string[] = [];
    source.onDidChangeState(() => states.push(source.state.type));
    const sink = new RecordingSink();
    source.subscribe(JESSIE, sink);
    const first = tracer.last;
    first.say(frame(SUBSCRIBED), events(42, "a"));
    await settle();
    clock.advance(59_999);
    expect(tracer.connections).toHaveLength(1);
    tracer.renewMs = clock.nowMs() + 60_000;
    clock.advance(1);
    await settle();
    const second = tracer.last;
    // Until the new one is greeted, the one before is read.
    first.say(events(43, "b"));
    await settle();
    expect([second === first, first.closed, second.sent]).toEqual([false, false, []]);
    second.say(frame(hello()));
    expect(first.closed).toBe(true);
    first.say(events(44, "c"));
    first.lose();
    expect(second.sent).toEqual([{ type: "subscribe", filter: JESSIE, since: { run: "run-1", seq: 43 } }]);
    second.say(frame(SUBSCRIBED), events(44, "c"));
    await settle();
    expect([sink.names, states, source.state.type]).toEqual([["a", "b", "c"], [], "connected"]);
    expect(log).toHaveLength(1);
    clock.advance(60_000);
    expect(tracer.connections).toHaveLength(3);
  });

  it("asks the new connection what the one before has not answered", async () => {
    tracer.renewMs = clock.nowMs() + 60_000;
    await startGreeted();
    const head = { seq: 7, hash: "aa" };
    const answer = source.checkHead(head);
    clock.advance(60_000);
    await settle();
    tracer.last.say(frame(hello()));
    expect(tracer.last.sent).toEqual([{ type: "checkHead", head }]);
    tracer.last.say(frame({ type: "head", head, answer: "extends" }));
    expect(await answer).toBe("extends");
  });

  it("reads a connection to its end when no other one takes its place, and then tries again", async () => {
    tracer.renewMs = clock.nowMs() + 60_000;
    await startGreeted();
    tracer.refusal = new ConnectionError(() => "nobody answers", false);
    clock.advance(60_000);
    await settle();
    expect([source.state.type, tracer.last.closed]).toEqual(["connected", false]);
    expect(log.at(-1)).toContain("before the token of this one ends: nobody answers");
    tracer.refusal = undefined;
    tracer.last.lose("the token has ended");
    expect(source.state.type).toBe("disconnected");
    await comeBack();
    expect(source.state.type).toBe("connected");
  });

  it("replaces no connection sooner than after ten seconds, whatever its token says", async () => {
    tracer.renewMs = clock.nowMs() - 1;
    await startGreeted();
    clock.advance(9_999);
    expect(tracer.connections).toHaveLength(1);
    clock.advance(1);
    expect(tracer.connections).toHaveLength(2);
  });

  it("leaves no connection behind that was to take another's place", async () => {
    tracer.renewMs = clock.nowMs() + 60_000;
    await startGreeted();
    clock.advance(60_000);
    await settle();
    source.dispose();
    expect(tracer.connections.map(({ closed }) => closed)).toEqual([true, true]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("closes a connection that opens only after its end", async () => {
    source = new TracerSource({ id: "a", name: "a", open: tracer.open, clock, log: () => undefined });
    source.dispose();
    await settle();
    expect(tracer.last.closed).toBe(true);
  });

  it("leaves no timer and no connection behind", async () => {
    await startGreeted();
    source.subscribe(EVERYTHING, new RecordingSink());
    source.dispose();
    expect({ timers: clock.pendingTimers, closed: tracer.last.closed }).toEqual({ timers: 0, closed: true });
    tracer.last.lose();
    expect(clock.pendingTimers).toBe(0);
  });
});
