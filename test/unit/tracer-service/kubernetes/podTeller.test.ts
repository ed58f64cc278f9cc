import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Metadata, PodFacts } from "../../../../tracer-service/identity/podFacts.ts";
import type { PodListener } from "../../../../tracer-service/identity/podSource.ts";
import { type PodList, PodTeller } from "../../../../tracer-service/kubernetes/podTeller.ts";

const ignore = { info: () => undefined, warn: () => undefined, error: () => undefined };
const owner = { controller: true, apiVersion: "apps/v1", kind: "ReplicaSet", name: "r", uid: "u" };

function pod(name: string, metadata: object = {}): unknown {
  return { metadata: { uid: `uid-${name}`, namespace: "coder", name, ...metadata } };
}

class Told implements PodListener {
  readonly lines: string[] = [];
  readonly seen: string[] = [];
  podSeen({ name, labels }: PodFacts): void {
    this.seen.push(`${name} ${labels.get("team") ?? "-"}`);
  }
  podChanged({ name, labels }: PodFacts, owners: readonly Metadata[]): void {
    this.lines.push(`${name} ${labels.get("team") ?? "-"} ${owners.map(({ uid }) => uid).join(",")}`);
  }
  podDeleted(uid: string): void {
    this.lines.push(`deleted ${uid}`);
  }
  listed(): void {
    this.lines.push("listed");
  }
}

function start() {
  const lookups: PromiseWithResolvers<readonly Metadata[]>[] = [];
  const teller = new PodTeller({
    wanted: new Set(["team"]),
    lacksLabels: ({ labels }) => !labels.has("team"),
    isWorkspace: (_, owners) => owners.some(({ labels }) => labels.has("team")),
    lookup: {
      ownersOf: () => {
        const lookup = Promise.withResolvers<readonly Metadata[]>();
        lookups.push(lookup);
        return lookup.promise;
      },
    },
    log: ignore,
  });
  const told = new Told();
  teller.start(told);
  return { teller, lookups, told };
}

const found: readonly Metadata[] = [
  { uid: "u", labels: new Map(), annotations: new Map(), owner: undefined },
];

function take(teller: PodTeller, list: PodList, object: unknown): void {
  const facts = teller.read(object);
  if (facts === undefined) throw new Error("the pod is not understood");
  list.take(facts);
}

describe("PodTeller", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("tells at once of a pod that lacks nothing or has no owner", () => {
    const { teller, told } = start();
    teller.changed(pod("a", { labels: { team: "blue" }, ownerReferences: [owner] }));
    teller.changed(pod("b"));
    expect(told.lines).toEqual(["a blue ", "b - "]);
  });

  it("tells no more of a pod than that it is there before its owners are known, then what it is by then", async () => {
    const { teller, lookups, told } = start();
    teller.changed(pod("a", { ownerReferences: [owner] }));
    teller.changed(pod("a", { ownerReferences: [owner], labels: { team: "red" } }));
    expect([told.lines, told.seen, lookups.length]).toEqual([[], ["a -", "a red"], 1]);
    lookups[0]?.resolve(found);
    await vi.advanceTimersByTimeAsync(0);
    expect(told.lines).toEqual(["a red u"]);
    teller.changed(pod("a", { ownerReferences: [owner], labels: { team: "green" } }));
    expect(told.lines.at(-1)).toBe("a green u");
  });

  it("asks for the owners again until the API server says", async () => {
    const { teller, lookups, told } = start();
    teller.changed(pod("a", { ownerReferences: [owner] }));
    lookups[0]?.reject(new Error("away"));
    await vi.advanceTimersByTimeAsync(500);
    lookups[1]?.reject(new Error("away"));
    await vi.advanceTimersByTimeAsync(999);
    expect([told.lines, lookups.length]).toEqual([[], 2]);
    await vi.advanceTimersByTimeAsync(1);
    lookups[2]?.resolve(found);
    await vi.advanceTimersByTimeAsync(0);
    expect(told.lines).toEqual(["a - u"]);
  });

  it("tells of a pod that is deleted before its owners are known, and that it is", async () => {
    const { teller, lookups, told } = start();
    teller.changed(pod("a", { ownerReferences: [owner] }));
    teller.deleted(pod("a", { ownerReferences: [owner] }));
    expect(told.lines).toEqual(["deleted uid-a"]);
    lookups[0]?.resolve(found);
    await vi.advanceTimersByTimeAsync(0);
    expect(told.lines).toEqual(["deleted uid-a", "a - u", "deleted uid-a"]);
  });

  it("tells the last that a deleted pod said", () => {
    const { teller, told } = start();
    teller.changed(pod("a"));
    teller.deleted(pod("a", { labels: { team: "last" } }));
    expect(told.lines).toEqual(["a - ", "a last ", "deleted uid-a"]);
  });

  it("says that all are told when the owners of all in the list are known", async () => {
    const { teller, lookups, told } = start();
    const list = teller.beginList();
    for (const each of [pod("a", { ownerReferences: [owner] }), pod("b")]) take(teller, list, each);
    list.end();
    expect(told.lines).toEqual(["b - "]);
    lookups[0]?.resolve(found);
    await vi.advanceTimersByTimeAsync(0);
    expect(told.lines).toEqual(["b - ", "a - u", "listed"]);
  });

  it("says that a pod is gone which a later list lacks", () => {
    const { teller, told } = start();
    for (const names of [["a", "b"], ["b"]]) {
      const list = teller.beginList();
      for (const name of names) take(teller, list, pod(name));
      list.end();
    }
    expect(told.lines).toEqual(["a - ", "b - ", "listed", "b - ", "deleted uid-a"]);
  });

  it("looks again for the owners of what is no workspace, until it is one", async () => {
    const { teller, lookups, told } = start();
    teller.changed(pod("a", { ownerReferences: [owner] }));
    lookups[0]?.resolve(found);
    await vi.advanceTimersByTimeAsync(600_000);
    expect([told.lines, lookups.length]).toEqual([["a - u"], 2]);
    lookups[1]?.resolve([{ ...found[0], uid: "labelled", labels: new Map([["team", "blue"]]) } as Metadata]);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect([told.lines, lookups.length]).toEqual([["a - u", "a - labelled"], 2]);
  });

  const adopted = { ownerReferences: [{ ...owner, uid: "other" }] };
  const others = found.map((each) => ({ ...each, uid: "other" }));

  it.each([
    { of: "that has had none", before: {}, now: adopted, was: "a - " },
    { of: "that has had another", before: { ownerReferences: [owner] }, now: adopted, was: "a - u" },
    {
      of: "that has lost what it said itself",
      before: { ...adopted, labels: { team: "red" } },
      now: adopted,
      was: "a red ",
    },
  ])("looks for the owner of a pod $of", async ({ before, now, was }) => {
    const { teller, lookups, told } = start();
    teller.changed(pod("a", before));
    lookups[0]?.resolve(found);
    await vi.advanceTimersByTimeAsync(0);
    expect(told.lines).toEqual([was]);
    const looked = lookups.length;
    teller.changed(pod("a", now));
    teller.changed(pod("a", now));
    expect(lookups).toHaveLength(looked + 1);
    lookups.at(-1)?.resolve(others);
    await vi.advanceTimersByTimeAsync(0);
    expect(told.lines.at(-1)).toBe("a - other");
  });

  it("tells of no owner that a pod has no more when it is found", async () => {
    const { teller, lookups, told } = start();
    teller.changed(pod("a", { ownerReferences: [owner] }));
    teller.changed(pod("a", adopted));
    lookups[0]?.resolve(found);
    await vi.advanceTimersByTimeAsync(0);
    expect([told.lines, lookups.length]).toEqual([[], 2]);
    lookups[1]?.resolve(others);
    await vi.advanceTimersByTimeAsync(0);
    expect(told.lines).toEqual(["a - other"]);
  });

  it("forgets the owner of a pod that it has released", async () => {
    const { teller, lookups, told } = start();
    teller.changed(pod("a", { ownerReferences: [owner] }));
    lookups[0]?.resolve(found);
    await vi.advanceTimersByTimeAsync(0);
    teller.changed(pod("a"));
    expect(told.lines.at(-1)).toBe("a - ");
  });

  it.each([
    {
      when: "that is gone",
      end: (teller: PodTeller) => {
        teller.deleted(pod("a", { ownerReferences: [owner] }));
      },
    },
    {
      when: "once it was stopped",
      end: (teller: PodTeller) => {
        teller.stop();
      },
    },
  ])("looks no more for the owners of a pod $when", async ({ end }) => {
    const { teller, lookups } = start();
    teller.changed(pod("a", { ownerReferences: [owner] }));
    lookups[0]?.resolve(found);
    await vi.advanceTimersByTimeAsync(0);
    end(teller);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(lookups).toHaveLength(1);
  });

  it("counts what makes no sense, and goes on", () => {
    const { teller, told } = start();
    teller.changed({ metadata: {} });
    teller.deleted({ metadata: { uid: 7 } });
    teller.changed(pod("b"));
    expect([teller.unreadable, told.lines]).toEqual([1, ["b - "]]);
  });
});
