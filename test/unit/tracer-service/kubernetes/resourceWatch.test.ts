import { afterEach, describe, expect, it, vi } from "vitest";

import type { KubeRequest } from "../../../../tracer-service/kubernetes/kubeClient.ts";
import { KubeError } from "../../../../tracer-service/kubernetes/kubeError.ts";
import { ResourceWatch } from "../../../../tracer-service/kubernetes/resourceWatch.ts";

interface Lines {
  readonly path: string;
  readonly push: (line: object) => void;
  /** Ends it as the server does, or breaks it. */
  readonly end: (error?: Error) => void;
}

/** Lists that a test gives, and watches that it feeds. */
class FakeApi {
  readonly lists: (object | Error)[] = [];
  readonly asked: string[] = [];
  readonly watches: Lines[] = [];

  ask = (request: KubeRequest): Promise<unknown> => {
    this.asked.push(request.path);
    const answer = this.lists.shift() ?? new Error("no list");
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };

  async *watch(path: string, signal: AbortSignal): AsyncGenerator<unknown, void> {
    const queue: (object | Error | undefined)[] = [];
    let wake = (): void => undefined;
    const put = (value: object | Error | undefined): void => {
      queue.push(value);
      wake();
    };
    this.watches.push({ path, push: put, end: put });
    signal.addEventListener("abort", () => {
      put(new Error("aborted"));
    });
    for (;;) {
      while (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const next = queue.shift();
      if (next === undefined) return;
      if (next instanceof Error) throw next;
      yield next;
    }
  }
}

const item = (uid: string, value: string, resourceVersion = "1") => ({
  ...{ metadata: { uid, resourceVersion }, value },
});
const list = (items: object[], resourceVersion: string, more = "") => ({
  ...{ items, metadata: { resourceVersion, continue: more } },
});

let stop: () => Promise<void>;

afterEach(() => stop());

function setUp(...lists: (object | Error)[]) {
  const api = new FakeApi();
  api.lists.push(...lists);
  const heard: string[] = [];
  const said: string[] = [];
  const say = (_fields: object, message: string): void => void said.push(message);
  const watch = new ResourceWatch<string>({
    client: api,
    ...{ what: "things", path: "/things?labelSelector=a" },
    parse: (object) => (object as { value?: string }).value,
    changed: () => undefined,
    seen: (value) => void heard.push(`+${value}`),
    gone: (value) => void heard.push(`-${value}`),
    resumed: () => void heard.push("resumed"),
    log: { info: say, warn: say },
    timing: { watchMs: 30_000, silenceMs: 35_000, retryMs: 1 },
  });
  watch.start();
  stop = () => watch.stop();
  const watches = (count: number): Promise<Lines> =>
    vi.waitFor(() => {
      const latest = api.watches.at(-1);
      if (api.watches.length !== count || latest === undefined) throw new Error("not yet");
      return latest;
    });
  const shows = (...values: string[]): Promise<void> =>
    vi.waitFor(() => {
      expect([...watch.items]).toEqual(values);
    });
  return { api, heard, said, watch, watches, shows };
}

describe("ResourceWatch", () => {
  it("lists page by page, then follows what happens", async () => {
    const { api, heard, watch, watches, shows } = setUp(
      list([item("1", "a")], "7", "next page"),
      list([item("2", "b")], "7"),
    );
    const lines = await watches(1);
    expect(api.asked).toEqual([
      "/things?labelSelector=a&limit=500",
      "/things?labelSelector=a&limit=500&continue=next%20page",
    ]);
    expect(lines.path).toContain("&resourceVersion=7&timeoutSeconds=30");
    lines.push({ type: "MODIFIED", object: item("1", "a2", "8") });
    lines.push({ type: "ADDED", object: item("3", "c", "9") });
    lines.push({ type: "DELETED", object: item("2", "b", "10") });
    await shows("a2", "c");
    expect([heard, watch.synced, watch.live]).toEqual([["+a", "+b", "+a2", "+c", "-b"], true, true]);
  });

  it("goes on from the last version, bookmarks included, when the server ends a watch", async () => {
    const { watches, heard } = setUp(list([], "7"));
    const lines = await watches(1);
    lines.push({ type: "BOOKMARK", object: { metadata: { resourceVersion: "12" } } });
    lines.end();
    expect((await watches(2)).path).toContain("resourceVersion=12&");
    expect(heard).toEqual([]);
  });

  it.each([
    [
      "an answer",
      (lines: Lines) => {
        lines.end(new KubeError("gone", { status: 410 }));
      },
    ],
    [
      "a line",
      (lines: Lines) => {
        lines.push({ type: "ERROR", object: { code: 410, message: "too old" } });
      },
    ],
  ])("lists anew when its version is too old, which %s says", async (_name, tell) => {
    const { watches, heard, shows } = setUp(
      list([item("1", "a"), item("2", "b")], "7"),
      list([item("2", "b2")], "20"),
    );
    tell(await watches(1));
    expect((await watches(2)).path).toContain("resourceVersion=20&");
    await shows("b2");
    expect(heard).toEqual(["+a", "+b", "-a", "+b2"]);
  });

  it("tries on while the API server is away, and says when it is back", async () => {
    const refused = new Error("refused");
    const { watches, heard, said, watch } = setUp(refused, refused, refused, list([item("1", "a")], "7"));
    const lines = await watches(1);
    expect(heard).toEqual(["+a", "resumed"]);
    expect(said).toEqual(["the API server can't be asked; trying on", "the API server answers again"]);
    lines.end(new Error("cut"));
    const again = await watches(2);
    expect([again.path.includes("resourceVersion=7&"), watch.synced, watch.live]).toEqual([
      true,
      true,
      false,
    ]);
    again.push({ type: "BOOKMARK", object: { metadata: { resourceVersion: "8" } } });
    await vi.waitFor(() => {
      expect([heard.at(-1), heard.length, watch.live]).toEqual(["resumed", 3, true]);
    });
  });

  it("passes over lines that tell of no object", async () => {
    const { watches, shows, heard } = setUp(list([], "7"));
    const lines = await watches(1);
    for (const object of [undefined, {}, { metadata: {} }, { metadata: { uid: 5 }, value: "b" }])
      lines.push({ type: "ADDED", object });
    lines.push({ type: "ADDED", object: item("1", "a", "8") });
    await shows("a");
    expect(heard).toEqual(["+a"]);
  });

  it.each([
    ["twice as long each time", [1, 2, 4, 8], undefined],
    ["as long as the server asks for", [50, 50, 50, 50], 50],
    ["ten seconds at most", [10_000, 10_000, 10_000, 10_000], 3_600_000],
  ])("waits %s before it asks again", async (_, expected, retryAfterMs) => {
    const timers = vi.spyOn(globalThis, "setTimeout").mockImplementation((call) => {
      if (timers.mock.calls.length < 5) queueMicrotask(call);
      return undefined as never;
    });
    try {
      const busy = new KubeError("busy", {
        status: 429,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      });
      setUp(...Array.from({ length: 5 }, () => busy));
      while (timers.mock.calls.length < 5) await new Promise(setImmediate);
      expect(timers.mock.calls.slice(0, 4).map(([, ms]) => ms)).toEqual(expected);
    } finally {
      timers.mockRestore();
    }
  });

  it("is not synced before it knows everything", async () => {
    const { api, watch } = setUp(list([item("1", "a")], "7", "more"));
    await vi.waitFor(() => {
      expect(api.asked.length).toBeGreaterThan(2);
    });
    expect([watch.synced, [...watch.items]]).toEqual([false, []]);
  });
});
