import { describe, expect, it } from "vitest";
import type { Json } from "../../../../../extension/cluster/api/json.ts";
import { parsePod, POD_PARTS } from "../../../../../extension/cluster/inventory/clusterPod.ts";
import { namesWorkspace } from "../../../../../extension/cluster/inventory/podLabels.ts";
import { CODER_KEYS } from "../../../../../tracer-service/identity/labelKeys.ts";
import { identifyPod, wantedKeys } from "../../../../../tracer-service/identity/podIdentity.ts";
import { parsePod as readPod } from "../../../../../tracer-service/kubernetes/parsePod.ts";
import { ownedPod, podObject, tracerPod, workspaceLabels, workspacePod } from "../fixtureObjects.ts";
import { pick } from "../pick.ts";

const RULES = { keys: CODER_KEYS, selector: undefined, captureNamespaces: new Set<string>() };

describe("parsePod", () => {
  it("keeps of a workspace what is shown and what selects it", () => {
    expect(
      workspacePod({ uid: "1", node: "n1", labels: { ...workspaceLabels("jessie", "main"), app: "x" } }),
    ).toEqual({
      uid: "1",
      namespace: "team-a",
      name: "pod-1",
      node: "n1",
      role: "workspace",
      labels: { username: "jessie", workspace_name: "main" },
      owner: undefined,
      labelKeys: { username: "com.coder.username", workspaceName: "com.coder.workspace.name" },
      phase: "running",
      why: undefined,
      createdMs: Date.parse("2026-01-02T03:04:05Z"),
      startedMs: Date.parse("2026-01-02T03:04:05Z"),
      logging: undefined,
    });
  });

  it.each<[string, Json]>([
    ["a workspace", podObject({ uid: "1", node: "n1", labels: workspaceLabels("jessie", "main") })],
    ["one that only annotations name", podObject({ uid: "1", annotations: workspaceLabels("amy", "w") })],
    ["a Deployment's", ownedPod({ uid: "1" }, "dev")],
    [
      "a Job's",
      podObject({
        uid: "1",
        metadata: {
          deletionTimestamp: "2026-01-02T03:05:05Z",
          ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name: "j", uid: "u", controller: true }],
        },
      }),
    ],
    [
      "one that waits",
      podObject({
        ...{ uid: "1", phase: "Pending", labels: workspaceLabels("jessie", "main") },
        status: {
          conditions: [
            { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "no node" },
          ],
        },
      }),
    ],
    [
      "one whose sidecar has ended",
      podObject({
        ...{ uid: "1", containers: [{ name: "exectrace", image: "x:1" }] },
        status: {
          containerStatuses: [
            {
              ...{ name: "exectrace", ready: false, restartCount: 3 },
              state: { waiting: { reason: "CrashLoopBackOff", message: "back-off" } },
              lastState: { terminated: { exitCode: 1, message: "kernel 5.4 < 5.8\nmore" } },
            },
          ],
        },
      }),
    ],
    [
      "one whose first container fails",
      podObject({
        ...{ uid: "1", phase: "Pending", labels: workspaceLabels("jessie", "main") },
        status: {
          containerStatuses: [],
          initContainerStatuses: [
            { name: "i", state: { waiting: { reason: "ErrImagePull", message: "no" } } },
          ],
        },
      }),
    ],
  ])("is asked for with all that is read of it: %s", (_, object) => {
    expect(parsePod(object)).toBeDefined();
    expect(parsePod(pick(object, POD_PARTS))).toEqual(parsePod(object));
  });

  it.each([
    [
      "the newer key of the user",
      { labels: { "com.coder.user.username": "amy", "com.coder.workspace.name": "w" } },
    ],
    ["annotations", { annotations: { "com.coder.user.username": "amy", "com.coder.workspace.name": "w" } }],
  ])("takes the user from %s", (_, wish) => {
    expect(parsePod(podObject({ uid: "1", ...wish }))?.labels).toEqual({
      username: "amy",
      workspace_name: "w",
    });
  });

  it.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, string>>]>([
    ["every key", Object.fromEntries([...wantedKeys(RULES)].map((key, at) => [key, `v${String(at)}`])), {}],
    ["the second key of each", { "com.coder.user.username": "amy", "com.coder.org.id": "o-2" }, {}],
    [
      "an annotation of a key that goes before a label's",
      { "com.coder.user.username": "amy", "com.coder.org.id": "o-2" },
      { "com.coder.username": "jessie", "com.coder.organization.id": "o-1" },
    ],
    ["an empty label", { "com.coder.username": "", "com.coder.user.username": "amy" }, {}],
    ["an empty label above an annotation", { "com.coder.username": "" }, { "com.coder.username": "amy" }],
    ["only a user", { "com.coder.username": "amy" }, {}],
    ["only a workspace's id", { "com.coder.workspace.id": "w-1" }, {}],
  ])("reads as a tracer does: %s", (_, labels, annotations) => {
    // The container keeps it in view where it says nothing.
    const containers = [{ name: "exectrace" }];
    const object = podObject({ uid: "1", labels, annotations, containers });
    const said = parsePod(object)?.labels ?? {};
    const facts = readPod(object, wantedKeys(RULES));
    const everywhere = { ...RULES, captureNamespaces: new Set(["team-a"]) };
    expect(said).toEqual(identifyPod(everywhere, facts, []).labels);
    expect(namesWorkspace(said)).toBe(identifyPod(RULES, facts, []).labels !== undefined);
  });

  it("names no selector for what only annotations say", () => {
    const annotations = workspaceLabels("amy", "w");
    expect(parsePod(podObject({ uid: "1", annotations }))?.labelKeys).toBeUndefined();
  });

  it.each([
    ["no uid", { metadata: { uid: undefined } }],
    ["neither a workspace's label nor a container that logs", {}],
    ["a tracer's label in another namespace", { labels: { "app.kubernetes.io/name": "tracer" } }],
  ])("keeps nothing of a pod with %s", (_, wish) => {
    expect(parsePod(podObject({ uid: "1", ...wish }))).toBeUndefined();
  });

  it("keeps a pod without labels that logs by a sidecar", () => {
    const pod = parsePod(
      podObject({ uid: "1", containers: [{ name: "dev" }, { name: "exectrace", image: "x:1" }] }),
    );
    expect(pod).toMatchObject({
      role: "workspace",
      labels: {},
      logging: { running: true, ready: true, image: "x:1" },
    });
  });

  it.each([
    ["Pending", {}, "pending"],
    ["Running", {}, "running"],
    ["Succeeded", {}, "stopped"],
    ["Failed", {}, "stopped"],
    ["Unknown", {}, "pending"],
  ])("is, in phase %s", (phase, more, expected) => {
    expect(workspacePod({ uid: "1", phase, ...more }).phase).toBe(expected);
  });

  it("is stopped when it is being deleted and nothing of it runs", () => {
    const metadata = { deletionTimestamp: "2026-01-02T03:05:05Z" };
    expect(workspacePod({ uid: "1", metadata }).phase).toBe("running");
    const status = { containerStatuses: [{ name: "dev", state: { terminated: {} } }] };
    expect(workspacePod({ uid: "1", metadata, status }).phase).toBe("stopped");
  });

  it.each([
    [
      "the scheduler",
      {
        conditions: [
          { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/3 nodes fit" },
        ],
      },
      "0/3 nodes fit",
    ],
    [
      "the image",
      {
        containerStatuses: [
          { name: "dev", state: { waiting: { reason: "ErrImagePull", message: "not found" } } },
        ],
      },
      "ErrImagePull: not found",
    ],
  ])("says why it is pending: %s", (_, status, why) => {
    expect(workspacePod({ uid: "1", phase: "Pending", status }).why).toBe(why);
  });

  it("has the first line that a tracer wrote when it could not start", () => {
    const containerStatuses = [
      {
        name: "exectrace",
        ready: false,
        restartCount: 4,
        state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 40s" } },
        lastState: { terminated: { exitCode: 1, message: "kernel 5.4 is older than 5.8\nmore\n" } },
      },
    ];
    expect(tracerPod("t", "n1", { phase: "Running", containerStatuses }).logging).toMatchObject({
      ready: false,
      restarts: 4,
      message: "kernel 5.4 is older than 5.8",
    });
  });

  it.each([
    [["run", "--label-key=username=example.com/owner"], true],
    [["run", "--workspace-selector", "team=blue"], true],
    [["run", "--capture-namespace", "lab"], true],
    [["run", "--identity=kubernetes", "--label-keys"], false],
  ])("sees whether a tracer was told what a workspace is: %j", (args, expected) => {
    expect(tracerPod("t", "n1", undefined, "tracer:1", args).logging?.hasOwnRules).toBe(expected);
  });
});
