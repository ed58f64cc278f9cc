import { describe, expect, it } from "vitest";
import { podLogging } from "../../../../../extension/cluster/inventory/podLogging.ts";
import { clusterNode, tracerPod, workspacePod } from "../fixtureObjects.ts";
import { setTexts } from "../../../../../protocol/text/translate.ts";

const node = clusterNode("n1");
const tracer = tracerPod("t", "n1");
const choosing = tracerPod("t", "n1", undefined, "tracer:1", ["run", "--workspace-selector", "team=blue"]);
const broken = tracerPod("t", "n1", {
  phase: "Running",
  containerStatuses: [
    { name: "exectrace", ready: false, state: { terminated: { exitCode: 1, message: "no BTF\n" } } },
  ],
});
const pod = workspacePod({ uid: "1", node: "n1" });
const onlyUser = workspacePod({ uid: "3", node: "n1", labels: { "com.coder.username": "jessie" } });
const onlyId = workspacePod({ uid: "4", node: "n1", labels: { "com.coder.workspace.id": "w-1" } });
const withSidecar = workspacePod({
  uid: "2",
  node: "n1",
  containers: [{ name: "dev" }, { name: "exectrace" }],
});
const deadSidecar = workspacePod({
  uid: "2",
  node: "n1",
  containers: [{ name: "dev" }, { name: "exectrace" }],
  status: {
    containerStatuses: [
      { name: "dev", state: { running: {} } },
      { name: "exectrace", state: { waiting: { reason: "CrashLoopBackOff" } } },
    ],
  },
});

describe("podLogging", () => {
  it.each([
    ["by the node's tracer", pod, { node, tracer }, { activity: "idle", loggedBy: "tracer" }],
    [
      "by its sidecar beside a tracer",
      withSidecar,
      { node, tracer },
      { activity: "idle", loggedBy: "sidecar" },
    ],
    ["by its sidecar", withSidecar, { node }, { activity: "idle", loggedBy: "sidecar" }],
    [
      "by its sidecar while the tracer is broken",
      withSidecar,
      { node, tracer: broken },
      { loggedBy: "sidecar" },
    ],
    [
      "by the node's tracer, its workspace known by id alone",
      onlyId,
      { node, tracer },
      { activity: "idle", loggedBy: "tracer" },
    ],
    [
      "not: a tracer takes nothing without a workspace for one",
      onlyUser,
      { node, tracer },
      {
        activity: "not_logged",
        why: "no label or annotation names its workspace, neither its own nor its owner's",
        loggedBy: undefined,
      },
    ],
    [
      "by a tracer that tells of it, since it selects others",
      onlyUser,
      { node, tracer, told: true },
      { activity: "idle", why: undefined, loggedBy: "tracer" },
    ],
    [
      "not: a tracer that was told what a workspace is does not tell of it",
      pod,
      { node, tracer: choosing, read: true },
      {
        activity: "not_logged",
        why: "the tracer of node n1 was told what a workspace is, and does not tell of this one",
        loggedBy: undefined,
      },
    ],
    [
      "by such a tracer, as far as is known while nobody reads it",
      onlyUser,
      { node, tracer: choosing },
      { activity: "idle", loggedBy: "tracer" },
    ],
    [
      "by such a tracer, as far as is known where it tells nothing of the namespace",
      pod,
      { node, tracer: choosing, read: true, sees: new Set(["team-b"]) },
      { activity: "idle", loggedBy: "tracer" },
    ],
    [
      "by such a tracer, which tells of it",
      onlyUser,
      { node, tracer: choosing, read: true, told: true },
      { activity: "idle", loggedBy: "tracer" },
    ],
    ["not: no tracer", pod, { node }, { activity: "not_logged", why: "no tracer on node n1" }],
    [
      "not: the tracer can't start",
      pod,
      { node, tracer: broken },
      { activity: "not_logged", why: "the tracer of node n1 is not ready: no BTF" },
    ],
    [
      "not: the kernel is too old",
      pod,
      { node: clusterNode("n1", "5.4.0-80") },
      { why: "kernel 5.4.0-80 of node n1 is older than 5.8" },
    ],
    [
      "not: the node is not ready",
      pod,
      { node: clusterNode("n1", "6.1.0", "False"), tracer: broken },
      { why: "node n1 is not ready: kubelet stopped posting" },
    ],
    [
      "not: the sidecar does not run",
      deadSidecar,
      { node },
      { activity: "not_logged", why: "its container exectrace does not run: CrashLoopBackOff" },
    ],
    [
      "not: the sidecar does not run, and a tracer leaves the pod to it",
      deadSidecar,
      { node, tracer },
      { activity: "not_logged", why: "its container exectrace does not run: CrashLoopBackOff" },
    ],
    [
      "not: the node of the sidecar is not ready",
      deadSidecar,
      { node: clusterNode("n1", "6.1.0", "False") },
      { why: "node n1 is not ready: kubelet stopped posting" },
    ],
    [
      "as far as the user may see",
      pod,
      { tracersKnown: false },
      { activity: "not_logged", why: "you may not see whether node n1 has a tracer" },
    ],
    ["pending", workspacePod({ uid: "1", phase: "Pending" }), {}, { activity: "pending" }],
    ["stopped", workspacePod({ uid: "1", phase: "Succeeded" }), { node, tracer }, { activity: "stopped" }],
  ])("logged %s", (_, of, around, expected) => {
    expect(
      podLogging(of, {
        node: undefined,
        tracer: undefined,
        tracersKnown: true,
        sees: undefined,
        read: false,
        told: false,
        ...around,
      }),
    ).toMatchObject(expected);
  });

  it("says in the reader's language why it is not logged, and as it was told what the cluster said", () => {
    setTexts({ "the tracer of node {0} is not ready: {1}": "der Tracer von {0} ist nicht bereit: {1}" });
    const around = { node, tracer: broken, tracersKnown: true, sees: undefined, read: false, told: false };
    const { why } = podLogging(pod, around);
    setTexts({});
    expect(why).toBe("der Tracer von n1 ist nicht bereit: no BTF");
  });

  it("says that a pod is older than its tracer", () => {
    const old = { ...pod, startedMs: tracer.createdMs - 1 };
    const around = { node, tracer, tracersKnown: true, sees: undefined, read: false, told: false };
    expect(podLogging(old, around).why).toContain("started before the tracer's pod");
    expect(podLogging(pod, around).why).toBeUndefined();
  });
});
