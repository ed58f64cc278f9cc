import { beforeEach, describe, expect, it } from "vitest";
import type { ViewFilterState } from "../../../../extension/filter/viewFilterState.ts";
import { EMPTY_FILTER } from "../../../../extension/filter/parseViewFilter.ts";
import { SourceRegistry } from "../../../../extension/source/sourceRegistry.ts";
import { MAX_UNANSWERED_LENGTH } from "../../../../extension/stream/batchFlow.ts";
import { HOLD_MS } from "../../../../extension/stream/eventMerge.ts";
import { ViewSession } from "../../../../extension/stream/viewSession.ts";
import type { HostMessage } from "../../../../protocol/webviewMessages.ts";
import { FakeClock } from "../fakeClock.ts";
import { fakeFilterState } from "../fakeFilterState.ts";
import { FakeSource } from "../source/fakeSource.ts";
import { gap } from "../source/fixtureStream.ts";
import { linesAt, timesOf } from "./mergeLines.ts";

let sources: SourceRegistry;
let filter: ViewFilterState;
let posted: HostMessage[];
let clock: FakeClock;
let log: string[];

beforeEach(() => {
  clock = new FakeClock();
  log = [];
  sources = new SourceRegistry();
  filter = fakeFilterState();
  posted = [];
});

function begin(): ViewSession {
  return new ViewSession({
    ...{ sources, filter, clock },
    post: (message) => posted.push(message),
    log: (message) => log.push(message),
  });
}

function add(id: string): FakeSource {
  const source = new FakeSource(id);
  sources.add(source);
  return source;
}

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

describe("ViewSession", () => {
  it("tells the filter and each source, and subscribes to all with the filter", () => {
    filter.set({ usernames: ["jessie"], expression: "curl" });
    const a = add("a");
    const b = add("b");
    begin();
    expect(posted).toEqual([
      { type: "filter", filter: filter.current },
      { type: "source", source: { id: "a", kind: "tracer", name: "node-a", state: { type: "connected" } } },
      { type: "source", source: { id: "b", kind: "tracer", name: "node-a", state: { type: "connected" } } },
    ]);
    expect([a.filters, b.filters]).toEqual([
      [{ usernames: ["jessie"], workspaces: [] }],
      [{ usernames: ["jessie"], workspaces: [] }],
    ]);
  });

  it("tells sources of the same name apart by their places, for as long as there are several", () => {
    const names = (): string[] =>
      posted
        .splice(0)
        .flatMap((each) => (each.type === "source" ? [`${each.source.id}: ${each.source.name}`] : []));
    add("a").place = "/run/a.sock";
    begin();
    expect(names()).toEqual(["a: node-a"]);
    const b = new FakeSource("b");
    b.place = "/run/b.sock";
    sources.add(b);
    expect(names()).toEqual(["b: node-a (/run/b.sock)", "a: node-a (/run/a.sock)"]);
    sources.remove("b");
    expect(names()).toEqual(["a: node-a"]);
  });

  it("adds earlier events, page by page, from before those that came", async () => {
    const a = add("a");
    a.earliestSeq = 50;
    const asked: string[] = [];
    a.readHistory = (query, reader) => {
      asked.push(query.toString());
      const before = Number(query.get("before"));
      reader.lines(`line ${String(before - 1)}\nline ${String(before - 2)}\n`);
      const end = { type: "end", done: false, events: 2, gaps: [] } as const;
      return Promise.resolve({ ...end, through: before - 2 });
    };
    const b = add("b");
    b.readHistory = () => Promise.reject(new Error("it is gone"));
    add("c");
    const session = begin();
    filter.set({ usernames: ["jessie"] });
    posted.length = 0;
    const { signal } = new AbortController();
    for (let page = 0; page < 2; page++) {
      expect(await session.loadEarlier(signal)).toMatchObject({
        ...{ loaded: 2, removed: 0 },
        failed: [{ why: "it is gone" }],
      });
    }
    expect(posted).toEqual([
      { type: "events", source: "a", batch: 1, lines: utf8("line 48\nline 49\n") },
      { type: "events", source: "a", batch: 2, lines: utf8("line 46\nline 47\n") },
    ]);
    expect(asked).toEqual(
      [50, 48].map((before) => `order=newest&limit=5000&username=jessie&before=${String(before)}`),
    );
  });

  it("says of which nodes earlier events could not be loaded, and what is not kept any more", async () => {
    add("a").readHistory = () => Promise.reject(new Error("it is gone"));
    const times = { execs: undefined, firstTs: undefined, lastTs: undefined };
    add("b").readHistory = (_query, reader) => {
      reader.lines("b1\n");
      const gaps = [{ firstSeq: 1, lastSeq: 7, events: 7, ...times }];
      return Promise.resolve({ type: "end", through: 8, done: true, events: 1, gaps });
    };
    const session = begin();
    expect(await session.loadEarlier(new AbortController().signal)).toEqual({
      loaded: 1,
      removed: 7,
      failed: [{ node: expect.any(String) as string, why: "it is gone" }],
    });
  });

  it("asks a few nodes at a time for what was before", async () => {
    let asked = 0;
    const waits = (): Promise<never> => {
      asked++;
      return new Promise(() => undefined);
    };
    for (let node = 0; node < 50; node++) add(`n${String(node)}`).readHistory = waits;
    void begin().loadEarlier(new AbortController().signal);
    await Promise.resolve();
    expect(asked).toBe(8);
  });

  it("hands on events and gaps with their source, and numbers batches over all sources", () => {
    const a = add("a");
    const b = add("b");
    begin();
    posted.length = 0;
    void a.sink?.events(utf8("1\n"));
    void b.sink?.events(utf8("2\n"));
    a.sink?.gap(gap());
    expect(posted).toEqual([
      { type: "events", source: "a", batch: 1, lines: utf8("1\n") },
      { type: "events", source: "b", batch: 2, lines: utf8("2\n") },
      { type: "gap", source: "a", gap: gap() },
    ]);
  });

  it("brings the events of several nodes into the order of time, and waits for none for long", () => {
    const [a, b] = [add("a"), add("b")];
    begin();
    const shown = (): string[] =>
      posted.flatMap((each) =>
        each.type === "events" ? [`${each.source} ${timesOf(each.lines).join(" ")}`] : [],
      );
    const now = clock.nowMs();
    void a.sink?.events(linesAt([now]));
    void b.sink?.events(linesAt([now + 300]));
    expect(shown()).toEqual([`a ${String(now)}`]);
    void a.sink?.events(linesAt([now + 200, now + 400]));
    const inOrder = [`a ${String(now)}`, `a ${String(now + 200)}`, `b ${String(now + 300)}`];
    expect(shown()).toEqual(inOrder);
    clock.advance(HOLD_MS);
    expect(shown()).toEqual([...inOrder, `a ${String(now + 400)}`]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("waits for no node whose connection is lost, and says by how much events came late", () => {
    const [a, b] = [add("a"), add("b")];
    begin();
    const now = clock.nowMs();
    void a.sink?.events(linesAt([now]));
    void b.sink?.events(linesAt([now + 300]));
    const count = posted.length;
    a.become({ type: "disconnected", sinceMs: 5, why: "lost", retryMs: 9 });
    expect(posted.slice(count).map(({ type }) => type)).toEqual(["source", "events"]);
    clock.advance(1_000);
    void b.sink?.events(linesAt([now + 1_000]));
    void a.sink?.events(linesAt([now + 500]));
    expect(log).toEqual(["node-a: 1 event came after later ones of other nodes, by up to 500 ms"]);
  });

  it("lets only the source wait whose batches are unanswered", () => {
    const a = add("a");
    const b = add("b");
    const session = begin();
    void a.sink?.events(utf8(`${"x".repeat(MAX_UNANSWERED_LENGTH)}\n`));
    void a.sink?.events(utf8("later\n"));
    void b.sink?.events(utf8("now\n"));
    const lines = (): string[] =>
      posted.flatMap((each) =>
        each.type === "events" ? [Buffer.from(each.lines.slice(0, 6)).toString()] : [],
      );
    expect(lines()).toEqual(["xxxxxx", "now\n"]);
    session.consumed("b", 1);
    expect(lines()).toHaveLength(2);
    session.consumed("a", 1);
    expect(lines()).toEqual(["xxxxxx", "now\n", "later\n"]);
  });

  it("follows sources that come, change, are replaced and go", () => {
    begin();
    const a = add("a");
    a.become({ type: "disconnected", sinceMs: 5, why: "lost", retryMs: 9 });
    const replacement = add("a");
    expect(a.sink).toBeUndefined();
    expect(replacement.sink).toBeDefined();
    sources.remove("a");
    a.become({ type: "connected" });
    replacement.become({ type: "connecting" });
    expect(
      posted
        .slice(1)
        .map((each) => (each.type === "source" ? `source ${each.source.state.type}` : each.type)),
    ).toEqual([
      "source connected",
      "source disconnected",
      "sourceRemoved",
      "source connected",
      "sourceRemoved",
    ]);
    expect(replacement.sink).toBeUndefined();
  });

  it("tells view and sources of a filter that was changed elsewhere", () => {
    const a = add("a");
    begin();
    posted.length = 0;
    filter.set({ usernames: ["robin"] });
    expect(posted).toEqual([{ type: "filter", filter: { ...EMPTY_FILTER, usernames: ["robin"] } }]);
    expect(a.filters.at(-1)).toEqual({ usernames: ["robin"], workspaces: [] });
  });

  it("does not tell the view the filter that it has just told, since the user may be typing on", () => {
    const a = add("a");
    const session = begin();
    posted.length = 0;
    session.changeFilter({ ...EMPTY_FILTER, usernames: ["robin"] });
    expect(posted).toEqual([]);
    expect(filter.current.usernames).toEqual(["robin"]);
    expect(a.filters.at(-1)).toEqual({ usernames: ["robin"], workspaces: [] });
  });

  it("unsubscribes from everything at its end, and posts nothing more", async () => {
    const a = add("a");
    const session = begin();
    void a.sink?.events(utf8(`${"x".repeat(MAX_UNANSWERED_LENGTH)}\n`));
    const waiting = a.sink?.events(utf8("later\n"));
    session.dispose();
    const told = posted.length;
    await waiting;
    a.become({ type: "connecting" });
    filter.set({ usernames: ["robin"] });
    add("b");
    expect({ sink: a.sink, told: posted.length, disposed: a.disposed }).toEqual({
      sink: undefined,
      told,
      disposed: 0,
    });
  });
});
