import { describe, expect, it } from "vitest";
import type { Json } from "../../../../../extension/cluster/api/json.ts";
import {
  OWNER_PARTS,
  parseOwner,
  podOwner,
} from "../../../../../extension/cluster/inventory/workspaceOwner.ts";
import { deploymentObject, workspaceLabels } from "../fixtureObjects.ts";
import { pick } from "../pick.ts";

describe("parseOwner", () => {
  it("keeps whose the pods of a Deployment are", () => {
    expect(parseOwner("Deployment", deploymentObject("dev", workspaceLabels("robin", "main")))).toEqual({
      ...{
        uid: "uid-dev",
        key: "Deployment team-a/dev",
        namespace: "team-a",
        labels: { username: "robin", workspace_name: "main" },
        owner: undefined,
      },
    });
  });

  it("keeps the CronJob of a Job, also where the Job says nothing itself", () => {
    const reference = {
      apiVersion: "batch/v1",
      kind: "CronJob",
      name: "nightly",
      uid: "uid-n",
      controller: true,
    };
    const metadata = { uid: "uid-j", namespace: "team-a", name: "nightly-1", ownerReferences: [reference] };
    expect(parseOwner("Job", { metadata })).toEqual({
      ...{ uid: "uid-j", namespace: "team-a", key: "Job team-a/uid-j", labels: {} },
      owner: "CronJob team-a/uid-n",
    });
    expect(parseOwner("CronJob", { metadata })).toBeUndefined();
  });

  it("finds in what the API server is asked for all that it reads", () => {
    const object = {
      ...deploymentObject("dev", { ...workspaceLabels("robin", "main"), app: "x" }),
      spec: { template: { metadata: { labels: workspaceLabels("kim", "docs") } } },
    };
    expect(parseOwner("Deployment", pick(object, OWNER_PARTS))).toEqual(parseOwner("Deployment", object));
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
      pod({ apiVersion: "apps/v1", kind: "StatefulSet", name: "dev", uid: "u", controller: true }, {}),
      "StatefulSet team-a/u",
    ],
    ["that of a ReplicaSet alone", pod({ kind: "ReplicaSet", name: "dev", controller: true }), undefined],
    [
      "that of a ReplicaSet without a hash",
      pod({ kind: "ReplicaSet", name: "dev-abc", controller: true }, {}),
      undefined,
    ],
    ["one that nobody controls", pod({ kind: "StatefulSet", name: "dev" }), undefined],
    [
      "a Job's",
      pod({ apiVersion: "batch/v1", kind: "Job", name: "dev", uid: "u", controller: true }),
      "Job team-a/u",
    ],
    [
      "a DaemonSet's",
      pod({ apiVersion: "apps/v1", kind: "DaemonSet", name: "dev", uid: "u", controller: true }),
      "DaemonSet team-a/u",
    ],
    [
      "that of another kind with the name of one",
      pod({ apiVersion: "batch.volcano.sh/v1", kind: "Job", name: "dev", uid: "u", controller: true }),
      undefined,
    ],
    ["none", {}, undefined],
  ])("names the owner of a pod: %s", (_, metadata, expected) => {
    expect(podOwner(metadata)).toBe(expected);
  });
});
