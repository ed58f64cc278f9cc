import { describe, expect, it } from "vitest";
import { ClusterInventory } from "../../../../../extension/cluster/inventory/clusterInventory.ts";
import { nodeVerdict } from "../../../../../extension/cluster/inventory/nodeVerdict.ts";
import { nodesWithTracer, rolloutOf } from "../../../../../extension/cluster/deploy/rollout.ts";
import { clusterReport } from "../../../../../extension/commands/clusterReport.ts";
import type { ClusterSource } from "../../../../../extension/cluster/clusterSource.ts";
import { clusterNode, tracerPod } from "../fixtureObjects.ts";

const failing = tracerPod("t3", "n3", {
  phase: "Running",
  containerStatuses: [{ name: "exectrace", state: { terminated: { message: "no BTF", exitCode: 1 } } }],
});

function inventory(): ClusterInventory {
  const all = new ClusterInventory();
  const windows = { ...clusterNode("n5"), os: "windows" };
  const nodes = [
    clusterNode("n1"),
    clusterNode("n2", "5.4.0"),
    clusterNode("n3"),
    clusterNode("n4"),
    windows,
  ];
  all.applyNodes({ all: true, changed: nodes, removed: [] });
  all.applyPods("", { all: true, changed: [tracerPod("t1", "n1"), failing], removed: [] });
  return all;
}

describe("nodeVerdict", () => {
  it.each([
    ["logs", clusterNode("n"), tracerPod("t", "n"), "its tracer is ready"],
    ["unknown", clusterNode("n"), undefined, "no tracer runs on it, so whether it has BTF is unknown"],
    ["unfit", clusterNode("n", "5.4.0"), undefined, "kernel 5.4.0 is older than 5.8"],
    ["unfit", { ...clusterNode("n"), architecture: "s390x" }, undefined, "its processor is s390x"],
    ["broken", clusterNode("n"), failing, "no BTF"],
    ["broken", clusterNode("n", "6.1", "False"), undefined, "it is not ready: kubelet stopped posting"],
  ] as const)("is %s", (state, node, tracer, why) => {
    const verdict = nodeVerdict(node, tracer);
    expect(verdict.state).toBe(state);
    expect(verdict.why).toContain(why);
  });
});

describe("rolloutOf", () => {
  it("says which nodes log, and of the others why not", () => {
    expect(rolloutOf(inventory())).toEqual({
      ready: ["n1"],
      waiting: [
        { node: "n3", why: "no BTF" },
        { node: "n4", why: "no pod of the tracer is there yet" },
      ],
      unfit: [{ node: "n2", why: "kernel 5.4.0 is older than 5.8" }],
    });
  });

  it("waits for a tracer that is ready with another image", () => {
    const all = inventory();
    expect(rolloutOf(all, "tracer:1").ready).toEqual(["n1"]);
    const { ready, waiting } = rolloutOf(all, "tracer:2");
    expect([ready, waiting[0]]).toEqual([
      [],
      { node: "n1", why: "its tracer is ready, and runs the image tracer:1" },
    ]);
    const changed = [tracerPod("t1", "n1", undefined, "tracer:2")];
    all.applyPods("", { all: false, changed, removed: [] });
    expect(rolloutOf(all, "tracer:2").ready).toEqual(["n1"]);
  });
});

describe("nodesWithTracer", () => {
  it("counts those whose pod has not ended", () => {
    const all = inventory();
    expect(nodesWithTracer(all)).toEqual(["n1", "n3"]);
    all.applyPods("", {
      all: false,
      changed: [tracerPod("t1", "n1", { phase: "Succeeded" })],
      removed: ["t3"],
    });
    expect(nodesWithTracer(all)).toEqual([]);
  });
});

describe("clusterReport", () => {
  it("tabulates all nodes", () => {
    const t = (message: string, ...values: (string | number)[]): string =>
      message.replaceAll(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)]));
    const cluster = {
      inventory: inventory(),
      name: "prod",
      server: "https://x",
      nodesState: { type: "connected" },
    };
    const lines = clusterReport(cluster as unknown as ClusterSource, t).split("\n");
    expect(lines[0]).toBe("Cluster prod (https://x)");
    expect(lines.slice(3, 8).map((line) => line.trim().split(/\s{2,}/))).toEqual([
      ["✓", "n1", "6.1.0", "amd64", "yes", "tracer:1", "its tracer is ready"],
      ["✗", "n2", "5.4.0", "amd64", "unknown", "–", "kernel 5.4.0 is older than 5.8"],
      ["✗", "n3", "6.1.0", "amd64", "unknown", "tracer:1", "no BTF"],
      ["?", "n4", "6.1.0", "amd64", "unknown", "–", "no tracer runs on it, so whether it has BTF is unknown"],
      ["✗", "n5", "6.1.0", "amd64", "unknown", "–", "it runs windows: tracers need Linux"],
    ]);
  });
});
