import { describe, expect, it } from "vitest";

import type { NodeFacts, TracerFacts } from "../../../../tracer-service/readiness/clusterObjects.ts";
import { Heartbeats } from "../../../../tracer-service/readiness/heartbeats.ts";
import { HEARTBEAT_MS, planLabels } from "../../../../tracer-service/readiness/planLabels.ts";

const node = (name: string, label?: string, ready = true): NodeFacts => ({ name, uid: name, label, ready });
const tracer = (on: string | undefined, notReady?: string): TracerFacts => ({
  ...{ uid: `${String(on)}${String(notReady)}`, name: "tracer", node: on, notReady },
});

function plan(
  nodes: NodeFacts[],
  tracers: TracerFacts[],
  silentMs: Record<string, number> = {},
): [string, boolean, string][] {
  const heartbeats = new Heartbeats();
  const nowMs = 1_000_000;
  for (const { name, uid } of nodes) {
    const silent = silentMs[name] ?? 0;
    if (silent >= 0) heartbeats.renewed({ name, uid, renewTime: "t" }, nowMs - silent);
  }
  return planLabels({ nodes, tracers, heartbeats, nowMs }).map(({ node: { name }, ready, why }) => [
    ...([name, ready, why] as const),
  ]);
}

describe("planLabels", () => {
  it("labels a node whose tracer is ready, and leaves one that has it", () => {
    expect(plan([node("a"), node("b", "true")], [tracer("a"), tracer("b")])).toEqual([
      ["a", true, "its tracer logs every exec"],
    ]);
  });

  it("corrects a label of another value", () => {
    expect(plan([node("a", "yes")], [tracer("a")])[0]?.slice(0, 2)).toEqual(["a", true]);
    expect(plan([node("a", "false")], [])[0]?.slice(0, 2)).toEqual(["a", false]);
  });

  it.each<[string, NodeFacts, TracerFacts[], Record<string, number>, string]>([
    ["it has no tracer", node("a", "true"), [tracer("b")], {}, "no tracer runs on it"],
    ["its tracer is not scheduled", node("a", "true"), [tracer(undefined)], {}, "no tracer runs on it"],
    ["its tracer is not ready", node("a", "true"), [tracer("a", "it is not")], {}, "it is not"],
    ["it is not ready itself", node("a", "true", false), [tracer("a")], {}, "the node is not ready"],
    [
      "its kubelet is silent",
      node("a", "true"),
      [tracer("a")],
      { a: HEARTBEAT_MS },
      "its kubelet has said nothing for 40 s",
    ],
    [
      "its kubelet never had a lease",
      node("a", "true"),
      [tracer("a")],
      { a: -1 },
      "its kubelet has no lease",
    ],
  ])("removes it when %s", (_name, of, tracers, silent, why) => {
    expect(plan([of], tracers, silent)).toEqual([["a", false, why]]);
    expect(plan([{ ...of, label: undefined }], tracers, silent)).toEqual([]);
  });

  it("keeps it while a kubelet has missed less than that", () => {
    expect(plan([node("a", "true")], [tracer("a")], { a: HEARTBEAT_MS - 1 })).toEqual([]);
  });

  it("counts the one that is ready while one tracer replaces another, in any order", () => {
    const both = [tracer("a", "being deleted"), tracer("a")];
    expect(plan([node("a", "true")], both)).toEqual([]);
    expect(plan([node("a", "true")], both.reverse())).toEqual([]);
  });

  it("removes before it adds", () => {
    const changes = plan(
      [node("a"), node("b", "true"), node("c"), node("d", "true")],
      [tracer("a"), tracer("c")],
    );
    expect(changes.map(([name]) => name)).toEqual(["b", "d", "a", "c"]);
  });
});

describe("Heartbeats", () => {
  it("goes by when a renewal was seen, not by what its time says", () => {
    const heartbeats = new Heartbeats();
    const beat = (renewTime: string, nowMs: number): void => {
      heartbeats.renewed({ name: "a", uid: "u", renewTime }, nowMs);
    };
    beat("2001", 10);
    beat("2001", 20);
    expect(heartbeats.lastMs("a")).toBe(10);
    beat("2000", 30);
    expect(heartbeats.lastMs("a")).toBe(30);
    heartbeats.resumed(50);
    expect(heartbeats.lastMs("a")).toBe(50);
    heartbeats.gone("a");
    expect(heartbeats.lastMs("a")).toBeUndefined();
  });
});
