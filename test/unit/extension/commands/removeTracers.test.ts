import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { ApiError } from "../../../../extension/cluster/api/apiError.ts";
import { ClusterInventory } from "../../../../extension/cluster/inventory/clusterInventory.ts";
import { type ClusterNode, READY_LABEL } from "../../../../extension/cluster/inventory/clusterNode.ts";
import {
  type KubeObject,
  objectPath,
  parseKubeObject,
} from "../../../../extension/cluster/api/kubeObject.ts";
import type { OpenCluster } from "../../../../extension/cluster/openCluster.ts";
import { type Removal, removeTracers } from "../../../../extension/commands/removeTracers.ts";
import { Emitter } from "../../../../extension/emitter.ts";
import { deployManifests } from "../../../../scripts/deployManifests.mjs";
import { FakeApiServer, turn } from "../cluster/fakeApiServer.ts";
import { clusterNode, tracerPod } from "../cluster/fixtureObjects.ts";
import { FakeClock } from "../fakeClock.ts";

const MANIFESTS = deployManifests(join(import.meta.dirname, "../../../..")).map(parseKubeObject);
const NAMESPACE = object("v1", "Namespace", { name: "process-logging" });
const TRACER = object("apps/v1", "DaemonSet", { name: "tracer", namespace: "process-logging" });
const CONTROLLER = object("apps/v1", "Deployment", { name: "node-readiness", namespace: "process-logging" });
const PODS = "/api/v1/namespaces/process-logging/pods";

describe("removeTracers", () => {
  let api: FakeApiServer;
  let clock: FakeClock;
  let inventory: ClusterInventory;
  let changed: Emitter<void>;
  let abort: AbortController;
  /** Names of the nodes that carry the label, as the API server has them. */
  let labelled: string[];
  /** What was deleted, and where a pod was made. */
  let done: string[];

  beforeEach(() => {
    api = new FakeApiServer();
    clock = new FakeClock();
    inventory = new ClusterInventory();
    changed = new Emitter<void>();
    abort = new AbortController();
    labelled = ["n1", "n2"];
    done = [];
    nodes(clusterNode("n1"), clusterNode("n2"));
    inventory.applyPods("", {
      all: true,
      changed: [tracerPod("t1", "n1"), tracerPod("t2", "n2")],
      removed: [],
    });
    for (const each of [NAMESPACE, TRACER, CONTROLLER])
      api.answer(`DELETE ${objectPath(each)}`, () => done.push(each.kind));
    api.answer("GET /api/v1/nodes", ({ query }) => {
      expect(query).toEqual({ labelSelector: READY_LABEL });
      return { items: labelled.map((name) => ({ metadata: { name } })) };
    });
    for (const name of labelled)
      api.answer(`PATCH /api/v1/nodes/${name}`, ({ body }) => {
        expect(body).toEqual({ metadata: { labels: { [READY_LABEL]: null } } });
        labelled = labelled.filter((each) => each !== name);
      });
    api.answer(`GET ${objectPath(CONTROLLER)}`, () => ({
      spec: { template: { spec: { containers: [{ image: "tracer:2" }] } } },
    }));
    api.answer(`POST ${PODS}`, ({ body }) => {
      const { nodeName, containers } = (body as PodObject).spec;
      done.push(`${containers[0]?.image ?? ""} on ${nodeName}`);
      return { metadata: { name: "uninstall" } };
    });
    api.answer(`GET ${PODS}/uninstall`, () => ({ status: { phase: "Succeeded" } }));
    api.answer(`DELETE ${PODS}/uninstall`, () => undefined);
  });

  /** `labelled`: as the editor's watch has it. */
  function nodes(...all: readonly ClusterNode[]): void {
    inventory.applyNodes({
      all: true,
      changed: all.map((node) => ({ ...node, labelled: labelled.includes(node.name) })),
      removed: [],
    });
    changed.fire();
  }

  function endTracers(...uids: readonly string[]): void {
    inventory.applyPods("", { all: false, changed: [], removed: uids });
    changed.fire();
  }

  /** Until the pods' logs are asked for, which say nothing. */
  async function settle(): Promise<void> {
    await turn();
    for (const stream of api.streams) stream.end();
    await turn();
  }

  function remove(objects: readonly KubeObject[] = [NAMESPACE, TRACER, CONTROLLER]): Promise<Removal> {
    const source = { inventory, onDidChangeInventory: changed.event };
    return removeTracers({
      cluster: { api, source } as unknown as OpenCluster,
      ...{ objects, manifests: MANIFESTS, clock, report: () => undefined, signal: abort.signal },
    });
  }

  it("removes the controller only when it has taken the last label", async () => {
    const removal = remove();
    await settle();
    endTracers("t1", "t2");
    await settle();
    labelled = ["n2"];
    nodes(clusterNode("n1"), clusterNode("n2"));
    await settle();
    expect(done).toEqual(["DaemonSet"]);
    labelled = [];
    nodes(clusterNode("n1"), clusterNode("n2"));
    await settle();
    expect(await removal).toEqual({ stopped: false, unreached: [], labelled: [] });
    expect(done).toEqual(["DaemonSet", "tracer:1 on n1", "tracer:1 on n2", "Deployment", "Namespace"]);
  });

  it("takes the label itself where the controller does not", async () => {
    const removal = remove();
    await settle();
    endTracers("t1", "t2");
    await settle();
    clock.advance(30_000);
    await settle();
    expect(await removal).toEqual({ stopped: false, unreached: [], labelled: [] });
    expect(labelled).toEqual([]);
    expect(done.at(-1)).toBe("Namespace");
  });

  it("leaves the controller where nobody may take a label, and names the nodes", async () => {
    api.answer("PATCH /api/v1/nodes/n2", () => {
      throw new ApiError(() => "nodes is forbidden", 403, "Forbidden");
    });
    const removal = remove();
    await settle();
    endTracers("t1", "t2");
    await settle();
    clock.advance(30_000);
    await settle();
    expect(await removal).toEqual({ stopped: false, unreached: [], labelled: ["n2"] });
    expect(done).toEqual(["DaemonSet", "tracer:1 on n1", "tracer:1 on n2"]);
  });

  it("leaves all but the tracers when it is stopped, and goes on on every node when it is called again", async () => {
    const stopped = remove();
    await settle();
    abort.abort();
    expect(await stopped).toEqual({ stopped: true, unreached: [], labelled: [] });
    expect(done).toEqual(["DaemonSet"]);
    abort = new AbortController();
    labelled = [];
    nodes(clusterNode("n1"), clusterNode("n2"));
    endTracers("t1", "t2");
    const removal = remove([NAMESPACE, CONTROLLER]);
    await settle();
    expect(await removal).toEqual({ stopped: false, unreached: [], labelled: [] });
    expect(done.slice(1)).toEqual(["tracer:2 on n1", "tracer:2 on n2", "Deployment", "Namespace"]);
  });

  it("waits for no node whose kubelet is silent, and names it", async () => {
    labelled = [];
    nodes(clusterNode("n1"), clusterNode("n2", "6.1.0", "Unknown"));
    const removal = remove();
    await settle();
    endTracers("t1");
    await settle();
    expect(await removal).toEqual({ stopped: false, unreached: ["n2"], labelled: [] });
    expect(done).toEqual(["DaemonSet", "tracer:1 on n1", "Deployment", "Namespace"]);
  });
});

interface PodObject {
  readonly spec: { readonly nodeName: string; readonly containers: readonly { readonly image: string }[] };
}

function object(apiVersion: string, kind: string, metadata: KubeObject["metadata"]): KubeObject {
  return { apiVersion, kind, metadata };
}
