import { describe, expect, it } from "vitest";
import {
  isKernelTooOld,
  NODE_PARTS,
  parseNode,
  READY_LABEL,
} from "../../../../../extension/cluster/inventory/clusterNode.ts";
import { asObject } from "../../../../../extension/cluster/api/json.ts";
import { nodeObject } from "../fixtureObjects.ts";
import { pick } from "../pick.ts";

describe("parseNode", () => {
  it("keeps what is shown", () => {
    expect(parseNode(nodeObject("n1", "6.1.0"))).toEqual({
      uid: "uid-n1",
      name: "n1",
      kernel: "6.1.0",
      os: "linux",
      architecture: "amd64",
      image: "Debian 12",
      runtime: "containerd://1.7",
      ready: true,
      why: undefined,
      unschedulable: false,
      labelled: false,
    });
  });

  it("says why a node is not ready", () => {
    expect(parseNode(nodeObject("n1", "6.1.0", "Unknown"))).toMatchObject({
      ready: false,
      why: "kubelet stopped posting",
    });
  });

  it("sees the label of nodes that log", () => {
    const labels = { [READY_LABEL]: "" };
    expect(parseNode({ metadata: { uid: "u", name: "n", labels } })?.labelled).toBe(true);
  });

  it("is asked for with all that is read of it, and without its images", () => {
    const { metadata, status } = nodeObject("n1", "6.1.0", "Unknown");
    const node = {
      metadata: { ...asObject(metadata), labels: { [READY_LABEL]: "true", other: "x" } },
      spec: { unschedulable: true },
      status: { ...asObject(status), images: [{ names: ["a"] }] },
    };
    expect(parseNode(pick(node, NODE_PARTS))).toEqual(parseNode(node));
    expect(JSON.stringify(pick(node, NODE_PARTS))).not.toMatch(/images|other/);
  });

  it("keeps nothing of what has no name", () => {
    expect(parseNode({ metadata: { uid: "u" } })).toBeUndefined();
  });
});

describe("isKernelTooOld", () => {
  it.each([
    ["4.19.0-25-amd64", true],
    ["5.4.0-1103-aws", true],
    ["5.8.0", false],
    ["5.10.225-213.878.amzn2.x86_64", false],
    ["6.1.0-13-cloud-amd64", false],
    ["", undefined],
    ["rolling", undefined],
  ])("of %s: %s", (release, expected) => {
    expect(isKernelTooOld(release)).toBe(expected);
  });
});
