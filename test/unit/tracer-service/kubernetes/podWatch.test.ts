import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { KubeError } from "../../../../tracer-service/kubernetes/kubeError.ts";
import type { PodApi, WatchMessage } from "../../../../tracer-service/kubernetes/podApi.ts";
import { PodTeller } from "../../../../tracer-service/kubernetes/podTeller.ts";
import { PodWatch } from "../../../../tracer-service/kubernetes/podWatch.ts";

const pod = (name: string) => ({ metadata: { uid: `uid-${name}`, namespace: "coder", name } });
const changed = (name: string, resourceVersion: string): WatchMessage => ({
  type: "changed",
  object: pod(name),
  resourceVersion,
});

/** An API server whose answers are given beforehand; a watch without an end stays open until it is aborted. */
class FakeApi implements PodApi {
  readonly asked: string[] = [];
  readonly lists: (string | KubeError)[] = [];
  readonly watches: (WatchMessage | KubeError | "end")[][] = [];

  list(take: (pod: unknown) => void): Promise<string> {
    this.asked.push("list");
    const answer = this.lists.shift() ?? "1";
    if (answer instanceof KubeError) return Promise.reject(answer);
    take(pod("listed"));
    return Promise.resolve(answer);
  }

  async *watch(resourceVersion: string, signal: AbortSignal): AsyncGenerator<WatchMessage, void> {
    this.asked.push(`watch ${resourceVersion}`);
    for (const each of this.watches.shift() ?? []) {
      if (each === "end") return;
      if (each instanceof KubeError) throw each;
      yield each;
    }
    await new Promise((_, reject) => {
      signal.addEventListener("abort", () => {
        reject(new Error("aborted"));
      });
    });
  }
}

describe("PodWatch", () => {
  let api: FakeApi;
  let watch: PodWatch;
  const told: string[] = [];
  const logged: string[] = [];
  const log = (_: object, message: string): void => {
    logged.push(message);
  };

  beforeEach(() => {
    vi.useFakeTimers();
    told.length = logged.length = 0;
    api = new FakeApi();
    const diagnostics = { info: log, warn: log, error: log };
    const teller = new PodTeller({
      wanted: new Set(),
      lacksLabels: () => false,
      isWorkspace: () => false,
      lookup: { ownersOf: () => Promise.resolve([]) },
      log: diagnostics,
    });
    watch = new PodWatch(api, teller, diagnostics);
  });
  afterEach(() => {
    watch.stop();
    vi.useRealTimers();
  });

  async function run(ms: number): Promise<void> {
    watch.start({
      podSeen: () => undefined,
      podChanged: ({ name }) => told.push(name),
      podDeleted: (uid) => told.push(`deleted ${uid}`),
      listed: () => told.push("all"),
    });
    await vi.advanceTimersByTimeAsync(ms);
  }

  it("lists, then watches on from there", async () => {
    api.watches.push([changed("new", "2"), { type: "deleted", object: pod("new"), resourceVersion: "3" }]);
    await run(0);
    expect(told).toEqual(["listed", "all", "new", "new", "deleted uid-new"]);
    expect(api.asked).toEqual(["list", "watch 1"]);
  });

  it("tells by its start what was listed ahead, once, and watches on from there", async () => {
    watch.listAhead();
    await vi.advanceTimersByTimeAsync(500);
    expect([told, api.asked]).toEqual([[], ["list"]]);
    api.watches.push([changed("new", "2")]);
    await run(0);
    expect(told).toEqual(["listed", "all", "new"]);
    expect(api.asked).toEqual(["list", "watch 1"]);
    expect(watch.counts.lists).toBe(1);
  });

  it("lists as ever where it could not ahead", async () => {
    api.lists.push(new KubeError("connect ECONNREFUSED"));
    watch.listAhead();
    await vi.advanceTimersByTimeAsync(0);
    await run(10_000);
    expect(told).toEqual(["listed", "all"]);
    expect(api.asked).toEqual(["list", "list", "watch 1"]);
    expect(watch.counts).toMatchObject({ lists: 2, failures: 1 });
  });

  it("watches on from what it was told last, bookmarks included, when the server ends a watch", async () => {
    api.watches.push(
      [changed("new", "2"), { type: "bookmark", object: {}, resourceVersion: "9" }, "end"],
      ["end"],
    );
    await run(10_000);
    expect(api.asked).toEqual(["list", "watch 1", "watch 9", "watch 9"]);
    expect(logged).toEqual([]);
  });

  it("lists anew when its version is forgotten, and says what is gone", async () => {
    api.watches.push([changed("brief", "2"), new KubeError("too old", { status: 410 })]);
    await run(1_000);
    expect(api.asked).toEqual(["list", "watch 1", "list", "watch 1"]);
    expect(told).toContain("deleted uid-brief");
  });

  it("goes on asking while the API server is away, says so once, and when it is back", async () => {
    api.lists.push(...Array.from({ length: 5 }, () => new KubeError("connect ECONNREFUSED")));
    await run(60_000);
    expect(told).toEqual(["listed", "all"]);
    expect(logged).toEqual([
      expect.stringContaining("does not tell of this node's pods"),
      "the API server tells of pods again",
    ]);
  });

  it("says at once what right is missing", async () => {
    api.lists.push(new KubeError("forbidden", { status: 403 }));
    await run(0);
    expect(logged).toEqual([
      expect.stringContaining("grant the tracer's service account list and watch on pods"),
    ]);
  });

  it("waits for as long as a throttling server asks for", async () => {
    api.lists.push(new KubeError("too many requests", { status: 429, retryAfterMs: 7_000 }));
    await run(6_999);
    expect(api.asked).toEqual(["list"]);
    await vi.advanceTimersByTimeAsync(800);
    expect(api.asked).toEqual(["list", "list", "watch 1"]);
  });

  it("opens a watch anew that tells nothing although there is something to tell", async () => {
    await run(0);
    for (let i = 0; i < 100; i++) watch.doubt();
    await vi.advanceTimersByTimeAsync(1_999);
    expect(api.asked).toEqual(["list", "watch 1"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(api.asked).toEqual(["list", "watch 1", "watch 1"]);
    watch.doubt();
    await vi.advanceTimersByTimeAsync(3_999);
    expect(api.asked.length).toBe(3);
    await vi.advanceTimersByTimeAsync(1);
    expect(api.asked.length).toBe(4);
  });

  it("asks nothing any more when it is stopped", async () => {
    api.lists.push(new KubeError("away"));
    await run(0);
    watch.stop();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(api.asked).toEqual(["list"]);
  });
});
