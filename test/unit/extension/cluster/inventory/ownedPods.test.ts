import { beforeEach, describe, expect, it } from "vitest";
import { ClusterInventory } from "../../../../../extension/cluster/inventory/clusterInventory.ts";
import { parsePod } from "../../../../../extension/cluster/inventory/clusterPod.ts";
import {
  parseOwner,
  type WorkspaceOwner,
} from "../../../../../extension/cluster/inventory/workspaceOwner.ts";
import type { ResourceChange } from "../../../../../extension/cluster/api/resourceWatch.ts";
import { deploymentObject, ownedPod, podObject, workspaceLabels } from "../fixtureObjects.ts";

let inventory: ClusterInventory;

beforeEach(() => {
  inventory = new ClusterInventory();
});

/** A pod as a Job makes it. */
function jobPod(): ReadonlySet<string> {
  const ownerReferences = [{ apiVersion: "batch/v1", kind: "Job", name: "j", uid: "j", controller: true }];
  const pod = parsePod(podObject({ uid: "1", node: "n1", labels: {}, metadata: { ownerReferences } }));
  return inventory.applyPods("", { all: false, changed: pod === undefined ? [] : [pod], removed: [] }).pods;
}

function job(labels: Readonly<Record<string, string>>, cronJob?: string): WorkspaceOwner {
  const reference = { apiVersion: "batch/v1", kind: "CronJob", name: "c", uid: cronJob, controller: true };
  const ownerReferences = cronJob === undefined ? [] : [reference];
  const parsed = parseOwner("Job", {
    metadata: { uid: "j", namespace: "team-a", name: "j", labels, ownerReferences },
  });
  if (parsed === undefined) throw new Error("there is no owner");
  return parsed;
}

function cronJob(user: string): WorkspaceOwner {
  const labels = workspaceLabels(user, "nightly");
  const parsed = parseOwner("CronJob", { metadata: { uid: "c", namespace: "team-a", name: "c", labels } });
  if (parsed === undefined) throw new Error("there is no owner");
  return parsed;
}

function addPod(labels: Readonly<Record<string, string>> = {}): ReadonlySet<string> {
  const pod = parsePod(ownedPod({ uid: "1", node: "n1", labels }, "dev"));
  return inventory.applyPods("", { all: false, changed: pod === undefined ? [] : [pod], removed: [] }).pods;
}

function tellOwners(
  change: Partial<ResourceChange<WorkspaceOwner>>,
  watch = "deployments",
): ReadonlySet<string> {
  return inventory.applyOwners(watch, { all: false, changed: [], removed: [], ...change }).pods;
}

function owner(user: string, workspace = "main"): WorkspaceOwner {
  const parsed = parseOwner("Deployment", deploymentObject("dev", workspaceLabels(user, workspace)));
  if (parsed === undefined) throw new Error("there is no owner");
  return parsed;
}

const labels = () => inventory.pods.get("1")?.labels;

describe("pods of a Deployment", () => {
  it.each(["the pod first", "its owner first"])("are workspaces by its labels, %s", (order) => {
    if (order === "its owner first") tellOwners({ changed: [owner("robin")] });
    addPod();
    if (order === "the pod first") {
      expect(inventory.pods.size).toBe(0);
      expect(tellOwners({ changed: [owner("robin")] })).toEqual(new Set(["1"]));
    }
    expect(labels()).toEqual({ username: "robin", workspace_name: "main" });
    expect([...inventory.podsOn("n1")]).toEqual(["1"]);
  });

  it("count by their own labels first", () => {
    addPod({ "com.coder.username": "jessie" });
    expect(labels()).toEqual({ username: "jessie" });
    tellOwners({ changed: [owner("robin")] });
    expect(labels()).toEqual({ username: "jessie", workspace_name: "main" });
  });

  it("stay workspaces when it loses its labels, and are none when it never had them", () => {
    tellOwners({ changed: [owner("robin")] });
    addPod();
    tellOwners({ removed: ["uid-dev"] });
    expect(labels()).toEqual({ username: "robin", workspace_name: "main" });
    addPod();
    expect(labels()).toEqual({ username: "robin", workspace_name: "main" });
    expect(inventory.applyPods("", { all: false, changed: [], removed: ["1"] }).removedPods).toEqual(
      new Set(["1"]),
    );
    addPod();
    expect(inventory.pods.size).toBe(0);
  });

  it("are not shown anew when only its status has changed", () => {
    tellOwners({ changed: [owner("robin")] });
    addPod();
    expect(tellOwners({ changed: [owner("robin")] })).toEqual(new Set());
    expect(tellOwners({ changed: [owner("robin", "docs")] })).toEqual(new Set(["1"]));
    expect(labels()).toEqual({ username: "robin", workspace_name: "docs" });
  });

  it("lose by a list of one watch only the owners that this one told of", () => {
    tellOwners({ changed: [owner("robin")] });
    tellOwners({ all: true }, "statefulsets");
    addPod();
    expect(labels()).toEqual({ username: "robin", workspace_name: "main" });
    inventory.applyPods("", { all: true, changed: [], removed: [] });
    tellOwners({ all: true });
    addPod();
    expect(inventory.pods.size).toBe(0);
  });
});

describe("pods of a Job", () => {
  it("are workspaces by its labels", () => {
    jobPod();
    tellOwners({ changed: [job(workspaceLabels("robin", "main"))] }, "jobs");
    expect(labels()).toEqual({ username: "robin", workspace_name: "main" });
  });

  it.each(["the pod first", "the CronJob first"])("are workspaces by its CronJob's labels, %s", (order) => {
    if (order === "the pod first") {
      jobPod();
      expect(tellOwners({ changed: [job({}, "c")] }, "jobs")).toEqual(new Set());
      expect(tellOwners({ changed: [cronJob("kim")] }, "cronjobs")).toEqual(new Set(["1"]));
    } else {
      tellOwners({ changed: [cronJob("kim")] }, "cronjobs");
      tellOwners({ changed: [job({}, "c")] }, "jobs");
      jobPod();
    }
    expect(labels()).toEqual({ username: "kim", workspace_name: "nightly" });
  });

  it("count by the Job's labels before its CronJob's", () => {
    tellOwners({ changed: [cronJob("kim")] }, "cronjobs");
    tellOwners({ changed: [job({ "com.coder.username": "robin" }, "c")] }, "jobs");
    jobPod();
    expect(labels()).toEqual({ username: "robin", workspace_name: "nightly" });
  });
});
