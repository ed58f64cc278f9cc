import { describe, expect, it } from "vitest";
import {
  clusterNodeFacts,
  clusterNodeText,
  type ShownNode,
} from "../../../../extension/views/clusterNodeText.ts";
import { clusterNode, tracerPod } from "../cluster/fixtureObjects.ts";

const t = (message: string, ...values: (string | number)[]): string =>
  message.replaceAll(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)]));
const time = (ms: number): string => `at ${String(ms)}`;
const shown: ShownNode = {
  name: "n1",
  node: clusterNode("n1"),
  tracer: tracerPod("t", "n1"),
  commonImage: "tracer:1",
  workspaces: 2,
  source: undefined,
};
const failing = tracerPod("t", "n1", {
  phase: "Running",
  containerStatuses: [
    { name: "exectrace", restartCount: 3, state: { terminated: { message: "no \u202eBTF", exitCode: 1 } } },
  ],
});
const connected = {
  id: "x",
  kind: "tracer",
  name: "n1",
  state: { type: "connected" },
  node: undefined,
} as const;
const lost = {
  ...connected,
  state: { type: "disconnected", sinceMs: 5, why: "gone", retryMs: undefined },
} as const;

describe("clusterNodeText", () => {
  it.each([
    ["a node that is read", { source: connected }, "ready", "node"],
    ["a node that is not read", {}, "tracer is ready, not read", "node"],
    ["a lost connection", { source: lost }, "not ready since at 5: gone", "nodeDown"],
    ["no tracer", { tracer: undefined }, "no tracer", "node"],
    [
      "a kernel that is too old",
      { tracer: undefined, node: clusterNode("n1", "5.4.0") },
      "no tracer: kernel 5.4.0 is too old",
      "node",
    ],
    ["a tracer that can't start", { tracer: failing }, "tracer is not ready: no ⟨U+202E⟩BTF", "node"],
    [
      "a node that is not ready",
      { node: clusterNode("n1", "6.1.0", "False") },
      "node is not ready: kubelet stopped posting",
      "node",
    ],
  ])("says of %s", (_, more, description, contextValue) => {
    expect(clusterNodeText({ ...shown, ...more }, t, time)).toMatchObject({
      label: "n1",
      description,
      contextValue,
    });
  });
});

describe("clusterNodeFacts", () => {
  function factsOf(more: Partial<ShownNode>): Record<string, string> {
    const facts = clusterNodeFacts({ ...shown, ...more }, t, time);
    return Object.fromEntries(facts.map(({ key, value, warning }) => [key, warning ? `! ${value}` : value]));
  }

  it("knows of BTF only where a tracer uses it", () => {
    expect(factsOf({})).toMatchObject({ btf: "yes, the tracer uses it", kernel: "6.1.0", workspaces: "2" });
    expect(factsOf({ tracer: undefined })).toMatchObject({ btf: "unknown" });
    expect(factsOf({ tracer: failing })).toMatchObject({
      btf: "unknown",
      restarts: "! 3",
      message: "! no ⟨U+202E⟩BTF",
    });
  });

  it("warns of another version than most nodes have, and of an old kernel", () => {
    expect(factsOf({ commonImage: "tracer:2" })).toMatchObject({ image: "! tracer:1, others run tracer:2" });
    expect(factsOf({ node: clusterNode("n1", "5.4.0") })).toMatchObject({
      kernel: "! 5.4.0, older than 5.8",
    });
  });
});
