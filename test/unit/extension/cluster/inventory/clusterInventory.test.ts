import { describe, expect, it } from "vitest";
import { ClusterInventory } from "../../../../../extension/cluster/inventory/clusterInventory.ts";
import type { ClusterPod } from "../../../../../extension/cluster/inventory/clusterPod.ts";
import { clusterNode, tracerPod, workspacePod } from "../fixtureObjects.ts";

function told(...changed: readonly ClusterPod[]): Parameters<ClusterInventory["applyPods"]>[1] {
  return { all: false, changed, removed: [] };
}

describe("ClusterInventory", () => {
  it("shows the pods of a node anew when its tracer comes, goes or is replaced", () => {
    const inventory = new ClusterInventory();
    inventory.applyPods(
      "",
      told(workspacePod({ uid: "1", node: "n1" }), workspacePod({ uid: "2", node: "n2" })),
    );
    expect(inventory.applyPods("", told(tracerPod("t", "n1")))).toMatchObject({
      pods: new Set(["1"]),
      nodes: new Set(["n1"]),
    });
    expect(inventory.tracerOf("n1")?.uid).toBe("t");
    expect(inventory.applyPods("", { all: false, changed: [], removed: ["t"] }).pods).toEqual(new Set(["1"]));
    expect(inventory.tracerOf("n1")).toBeUndefined();
  });

  it("prefers the tracer that is ready while one replaces another", () => {
    const inventory = new ClusterInventory();
    const starting = { phase: "Pending", containerStatuses: [] };
    inventory.applyPods("", told(tracerPod("old", "n1"), tracerPod("new", "n1", starting)));
    expect(inventory.tracerOf("n1")?.uid).toBe("old");
    inventory.applyPods("", told(tracerPod("old", "n1", { phase: "Failed" })));
    expect(inventory.tracerOf("n1")?.uid).toBe("new");
  });

  it("lets a list of one watch forget only what that watch told", () => {
    const inventory = new ClusterInventory();
    inventory.applyPods("a", told(workspacePod({ uid: "1" }), workspacePod({ uid: "2" })));
    inventory.applyPods("b", told(workspacePod({ uid: "3" })));
    const change = inventory.applyPods("a", {
      all: true,
      changed: [workspacePod({ uid: "2" })],
      removed: [],
    });
    expect(change.removedPods).toEqual(new Set(["1"]));
    expect([...inventory.pods.keys()].sort()).toEqual(["2", "3"]);
  });

  it("says nothing of a node whose status was only written again", () => {
    const inventory = new ClusterInventory();
    const nodes = { all: true, changed: [clusterNode("n1")], removed: [] };
    expect(inventory.applyNodes(nodes).nodes).toEqual(new Set(["n1"]));
    expect(inventory.applyNodes({ ...nodes, all: false }).nodes).toEqual(new Set());
    expect(inventory.applyNodes({ all: true, changed: [], removed: [] }).nodes).toEqual(new Set(["n1"]));
    expect(inventory.nodes.size).toBe(0);
  });

  it("follows a pod that gets its node", () => {
    const inventory = new ClusterInventory();
    inventory.applyPods("", told(workspacePod({ uid: "1", phase: "Pending" })));
    expect([...inventory.podsOn("n1")]).toEqual([]);
    inventory.applyPods("", told(workspacePod({ uid: "1", node: "n1" })));
    expect([...inventory.podsOn("n1")]).toEqual(["1"]);
    inventory.applyPods("", { all: false, changed: [], removed: ["1"] });
    expect([...inventory.podsOn("n1")]).toEqual([]);
  });

  it("knows the image that most tracers run", () => {
    const inventory = new ClusterInventory();
    expect(inventory.commonImage()).toBeUndefined();
    const image = (uid: string, name: string): ClusterPod => tracerPod(uid, uid, undefined, name);
    inventory.applyPods("", told(image("1", "t:1"), image("2", "t:2"), image("3", "t:2")));
    expect(inventory.commonImage()).toBe("t:2");
  });
});
