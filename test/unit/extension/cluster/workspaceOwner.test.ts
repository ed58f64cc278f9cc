import { describe, expect, it } from "vitest";
import type { Json } from "../../../../extension/cluster/json.ts";
import { parseOwner, podOwner } from "../../../../extension/cluster/workspaceOwner.ts";
import { deploymentObject, workspaceLabels } from "./fixtureObjects.ts";

describe("parseOwner", () => {
  it("keeps whose the pods of a Deployment are", () => {
    expect(parseOwner("Deployment", deploymentObject("dev", workspaceLabels("robin", "main")))).toEqual({
      ...{
        uid: "uid-dev",
        key: "Deployment team-a/dev",
        labels: { username: "robin", workspace_name: "main" },
      },
    });
  });

  it.each<[string, Json]>([
    ["says nothing of users and workspaces", deploymentObject("dev", { app: "x" })],
    ["has no uid", { metadata: { namespace: "a", name: "b", labels: workspaceLabels("robin", "main") } }],
    ["is no object", { metadata: 1 }],
  ])("keeps nothing of one that %s", (_, object) => {
    expect(parseOwner("Deployment", object)).toBeUndefined();
  });
});

describe("podOwner", () => {
  const pod = (owner: object, labels: object = { "pod-template-hash": "abc" }): Json => ({
    ...{ namespace: "team-a", name: "dev-abc-1", labels, ownerReferences: [owner] },
  });

  it.each<[string, Json, string | undefined]>([
    [
      "a Deployment's",
      pod({ kind: "ReplicaSet", name: "dev-abc", controller: true }),
      "Deployment team-a/dev",
    ],
    [
      "a StatefulSet's",
      pod({ kind: "StatefulSet", name: "dev", controller: true }, {}),
      "StatefulSet team-a/dev",
    ],
    ["that of a ReplicaSet alone", pod({ kind: "ReplicaSet", name: "dev", controller: true }), undefined],
    [
      "that of a ReplicaSet without a hash",
      pod({ kind: "ReplicaSet", name: "dev-abc", controller: true }, {}),
      undefined,
    ],
    ["one that nobody controls", pod({ kind: "StatefulSet", name: "dev" }), undefined],
    ["a Job's", pod({ kind: "Job", name: "dev", controller: true }), undefined],
    ["none", {}, undefined],
  ])("names the owner of a pod: %s", (_, metadata, expected) => {
    expect(podOwner(metadata)).toBe(expected);
  });
});
