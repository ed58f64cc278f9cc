import { describe, expect, it } from "vitest";
import {
  RECENT_MS,
  type StreamLink,
  StreamSubscription,
} from "../../../../extension/source/streamSubscription.ts";
import type { ClientMessage, StreamFilter } from "../../../../protocol/stream.ts";
import { settle } from "./fakeTracer.ts";
import { EVERYTHING, gap, JESSIE, RecordingSink } from "./fixtureStream.ts";

class Link implements StreamLink {
  readonly run: string;
  readonly sent: ClientMessage[] = [];
  paused = false;

  constructor(run = "run-1") {
    this.run = run;
  }

  send(message: ClientMessage): void {
    this.sent.push(message);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  get since(): unknown {
    const last = this.sent.at(-1);
    return last?.type === "subscribe" ? last.since : last?.type;
  }
}

function subscribe(filter: StreamFilter = EVERYTHING) {
  const sink = new RecordingSink();
  let disposed = 0;
  const subscription = new StreamSubscription(filter, sink, () => disposed++);
  return { sink, subscription, disposals: () => disposed };
}

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

const batch = (through: number, lines = `{"msg":"e${String(through)}"}\n`) => ({
  header: { type: "events" as const, count: 1, through },
  lines: utf8(lines),
});

describe("StreamSubscription", () => {
  it("asks for the last minutes at first", () => {
    const { subscription } = subscribe(JESSIE);
    const link = new Link();
    subscription.attach(link);
    expect(link.sent).toEqual([{ type: "subscribe", filter: JESSIE, recentMs: RECENT_MS }]);
  });

  it("continues on the next connection after what the sink was given", async () => {
    const { sink, subscription } = subscribe();
    subscription.attach(new Link());
    subscription.receive(batch(5));
    await settle();
    sink.hold = true;
    subscription.receive(batch(7));
    subscription.receive(batch(9));
    subscription.detach();
    const next = new Link();
    subscription.attach(next);
    expect(sink.names).toEqual(["e5", "e7"]);
    expect(next.since).toEqual({ run: "run-1", seq: 7 });
  });

  it("keeps its place where only events passed that the filter does not let through", () => {
    const { sink, subscription } = subscribe(JESSIE);
    subscription.attach(new Link());
    subscription.receive({ header: { type: "events", count: 0, through: 500 }, lines: utf8("") });
    subscription.detach();
    const next = new Link();
    subscription.attach(next);
    expect(next.since).toEqual({ run: "run-1", seq: 500 });
    expect(sink.got).toEqual([]);
  });

  it("names the earlier run to a service that has started again, and then counts in the new one", async () => {
    const { sink, subscription } = subscribe();
    subscription.attach(new Link("run-1"));
    subscription.receive(batch(900));
    subscription.detach();
    const second = new Link("run-2");
    subscription.attach(second);
    expect(second.since).toEqual({ run: "run-1", seq: 900 });
    await settle();
    subscription.receive({
      header: gap({ reason: "restarted", firstSeq: 901, lastSeq: 950, events: undefined }),
      lines: utf8(""),
    });
    subscription.receive(batch(3));
    subscription.detach();
    const third = new Link("run-2");
    subscription.attach(third);
    expect(third.since).toEqual({ run: "run-2", seq: 3 });
    expect(sink.names).toEqual(["e900", "gap", "e3"]);
  });

  it("asks again for what may lie between events that are not kept", () => {
    const { subscription } = subscribe();
    subscription.attach(new Link());
    subscription.receive(batch(5));
    subscription.receive({ header: gap({ reason: "not_kept", firstSeq: 11, lastSeq: 20 }), lines: utf8("") });
    subscription.detach();
    const next = new Link();
    subscription.attach(next);
    expect(next.since).toEqual({ run: "run-1", seq: 5 });
  });

  it("tells once for each run that a snapshot leaves processes out", async () => {
    const { sink, subscription } = subscribe();
    const header = { type: "snapshot", count: 0, omitted: 2_000 } as const;
    for (let connection = 0; connection < 2; connection++) {
      subscription.attach(new Link());
      subscription.receive({ header, lines: utf8("") });
      await settle();
      subscription.detach();
    }
    expect(sink.names).toEqual(["gap"]);
  });

  it("knows the first event that came by its filter", async () => {
    const { subscription } = subscribe();
    subscription.attach(new Link());
    const header = { type: "events", count: 2, through: 9 } as const;
    const line = (seq: number): string =>
      `{"cmdline":"echo \\"seq\\":1,","event":{"pid":1,"seq":${String(seq)},"a":1}}\n`;
    subscription.receive({ header: { type: "snapshot", count: 1, omitted: 0 }, lines: utf8(line(2)) });
    await settle();
    subscription.receive({ header, lines: utf8(line(8) + line(9)) });
    await settle();
    expect(subscription.earliestSeq).toBe(8);
    subscription.setFilter(JESSIE);
    expect(subscription.earliestSeq).toBe(8);
    subscription.setFilter({ usernames: ["robin"], workspaces: [] });
    expect(subscription.earliestSeq).toBeUndefined();
  });

  it("does not ask again for what a gap has told", () => {
    const { subscription } = subscribe();
    subscription.attach(new Link());
    subscription.receive({ header: gap({ firstSeq: 11, lastSeq: 20 }), lines: utf8("") });
    subscription.detach();
    const next = new Link();
    subscription.attach(next);
    expect(next.since).toEqual({ run: "run-1", seq: 20 });
  });

  it("pauses the connection while the sink is busy, and keeps the order of events and gaps", async () => {
    const { sink, subscription } = subscribe();
    const link = new Link();
    subscription.attach(link);
    sink.hold = true;
    subscription.receive(batch(1));
    expect(link.paused).toBe(false);
    subscription.receive({ header: gap(), lines: utf8("") });
    subscription.receive(batch(21));
    expect(link.paused).toBe(true);
    expect(sink.names).toEqual(["e1"]);
    sink.release();
    await settle();
    expect(sink.names).toEqual(["e1", "gap", "e21"]);
    expect(link.paused).toBe(false);
  });

  it("keeps a sink that is busy from being given more on the next connection", async () => {
    const { sink, subscription } = subscribe();
    subscription.attach(new Link());
    sink.hold = true;
    subscription.receive(batch(1));
    subscription.detach();
    const next = new Link();
    subscription.attach(next);
    subscription.receive(batch(2));
    expect({ names: sink.names, paused: next.paused }).toEqual({ names: ["e1"], paused: true });
    sink.release();
    await settle();
    expect({ names: sink.names, paused: next.paused }).toEqual({ names: ["e1", "e2"], paused: false });
  });

  describe("a changed filter", () => {
    const MAIN: StreamFilter = {
      usernames: ["jessie"],
      workspaces: [{ username: undefined, workspaceName: "main" }],
    };

    it.each<[string, StreamFilter, StreamFilter, object]>([
      [
        "goes on from its place where it lets less through",
        EVERYTHING,
        JESSIE,
        { since: { run: "run-1", seq: 5 } },
      ],
      ["goes on from its place where it adds a condition", JESSIE, MAIN, { since: { run: "run-1", seq: 5 } }],
      ["asks for the last minutes where it lets more through", JESSIE, EVERYTHING, { recentMs: RECENT_MS }],
      [
        "asks for the last minutes where it lets others through",
        JESSIE,
        { usernames: ["robin"], workspaces: [] },
        { recentMs: RECENT_MS },
      ],
    ])("%s", (_, before, after, from) => {
      const { subscription } = subscribe(before);
      const link = new Link();
      subscription.attach(link);
      subscription.receive(batch(5));
      subscription.setFilter(after);
      expect(link.sent.at(-1)).toEqual({ type: "subscribe", filter: after, ...from });
    });

    it("sends nothing where it means the same", () => {
      const { subscription } = subscribe(JESSIE);
      const link = new Link();
      subscription.attach(link);
      subscription.setFilter({ usernames: ["jessie", "jessie"], workspaces: [] });
      expect(link.sent).toHaveLength(1);
    });

    it("is remembered while there is no connection", () => {
      const { subscription } = subscribe(JESSIE);
      subscription.attach(new Link());
      subscription.receive(batch(5));
      subscription.detach();
      subscription.setFilter(EVERYTHING);
      const next = new Link();
      subscription.attach(next);
      expect(next.sent).toEqual([{ type: "subscribe", filter: EVERYTHING, recentMs: RECENT_MS }]);
    });

    it("drops what waits for the sink, asks for it again, and reads on", async () => {
      const { sink, subscription } = subscribe();
      const link = new Link();
      subscription.attach(link);
      sink.hold = true;
      subscription.receive(batch(1));
      subscription.receive(batch(2));
      subscription.setFilter(JESSIE);
      expect(link.since).toEqual({ run: "run-1", seq: 1 });
      sink.release();
      await settle();
      expect({ names: sink.names, paused: link.paused }).toEqual({ names: ["e1"], paused: false });
    });
  });

  it("unsubscribes once when it is disposed of, and lets the connection read on", () => {
    const { sink, subscription, disposals } = subscribe();
    const link = new Link();
    subscription.attach(link);
    sink.hold = true;
    subscription.receive(batch(1));
    subscription.receive(batch(2));
    subscription.dispose();
    subscription.dispose();
    subscription.receive(batch(3));
    expect(link.sent.slice(1)).toEqual([{ type: "unsubscribe" }]);
    expect({ paused: link.paused, disposals: disposals(), names: sink.names }).toEqual({
      paused: false,
      disposals: 1,
      names: ["e1"],
    });
  });
});
