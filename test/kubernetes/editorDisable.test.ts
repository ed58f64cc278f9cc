import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../extension/clock.ts";
import { ApiError } from "../../extension/cluster/api/apiError.ts";
import type { ApiServer } from "../../extension/cluster/api/apiServer.ts";
import { applyObjects, findApplied } from "../../extension/cluster/deploy/applyObjects.ts";
import { deploymentObjects } from "../../extension/cluster/deploy/deployment.ts";
import { parseKubeObject } from "../../extension/cluster/api/kubeObject.ts";
import { type Removal, type RemovalStep, removeTracers } from "../../extension/commands/removeTracers.ts";
import { deployManifests } from "../../scripts/deployManifests.mjs";
import { describeCluster } from "./support/describeCluster.ts";
import { EditorCluster } from "./support/editorCluster.ts";
import { kubectlOutput } from "./support/kubectl.ts";
import { SilentNode } from "./support/silentNode.ts";
import { DIRECTORY_VARIABLE, tracerImage } from "./support/testEnvironment.ts";
import { until } from "./support/until.ts";

const PIN_DIRECTORY = "/sys/fs/bpf/process-logging";
const READY = "processlogging.node-restriction.kubernetes.io/ready";
const MANIFESTS = deployManifests(join(import.meta.dirname, "../..")).map(parseKubeObject);
const OURS = "--namespace=process-logging";

describeCluster("a deployment that the editor removes", () => {
  let editor: EditorCluster;

  beforeAll(async () => {
    editor = await EditorCluster.open();
  });

  afterAll(async () => {
    await editor.close();
  });

  /** Deploys, and waits until the node is labelled. */
  async function deploy(): Promise<void> {
    const objects = deploymentObjects({ manifests: MANIFESTS, image: tracerImage(), namespaces: [] });
    await applyObjects(editor.api, objects, () => undefined);
    await until("a node is labelled", async () => (await labelledNodes()) !== "");
  }

  /** A namespace goes some seconds after it was removed. */
  async function untilNothingIsLeft(): Promise<void> {
    await until("nothing is left", async () => (await findApplied(editor.api)).objects.length === 0);
  }

  function labelledNodes(): Promise<string> {
    return kubectlOutput(["get", "nodes", `--selector=${READY}`, "--output=name"]);
  }

  async function remove(
    report: (step: RemovalStep) => void = () => undefined,
    { signal, api = editor.api }: { readonly signal?: AbortSignal; readonly api?: ApiServer } = {},
  ): Promise<Removal> {
    const { objects } = await findApplied(editor.api);
    return removeTracers({
      ...{ objects, manifests: MANIFESTS, clock: systemClock, report },
      cluster: { source: editor.cluster.source, api },
      signal: signal ?? new AbortController().signal,
    });
  }

  async function stopController(): Promise<void> {
    await kubectlOutput(["scale", "deployment/node-readiness", OURS, "--replicas=0"]);
    const pods = ["pods", OURS, "--selector=app.kubernetes.io/name=node-readiness"];
    await kubectlOutput(["wait", "--for=delete", ...pods, "--timeout=120s"]);
  }

  it("loses the label of its nodes before the controller that takes it away is removed", async () => {
    await deploy();
    const labels: Promise<string>[] = [];
    const removal = await remove((step) => {
      if (step.type === "remove" && step.object.kind === "Deployment") labels.push(labelledNodes());
    });
    expect(removal).toEqual({ stopped: false, unreached: [], labelled: [] });
    expect(await Promise.all(labels)).toEqual([""]);
    await untilNothingIsLeft();
    expect(await labelledNodes()).toBe("");
  });

  it("loses the label when it is stopped in the middle, and all the rest by the next call", async () => {
    await deploy();
    const abort = new AbortController();
    const stopped = await remove(
      (step) => {
        if (step.type === "tracers") abort.abort();
      },
      { signal: abort.signal },
    );
    expect(stopped.stopped).toBe(true);
    await until("no node is labelled", async () => (await labelledNodes()) === "");
    await until("no tracer is left", () => editor.cluster.source.inventory.tracers.size === 0);
    expect(await kubectlOutput(["get", "deployments", OURS, "--output=name"])).toContain("node-readiness");
    expect(existsSync(PIN_DIRECTORY)).toBe(seesNode());
    expect(await remove()).toEqual({ stopped: false, unreached: [], labelled: [] });
    await untilNothingIsLeft();
    expect(existsSync(PIN_DIRECTORY)).toBe(false);
  });

  describe("whose controller does not run", () => {
    it("keeps all but the tracers while nobody may take the label, and then loses both", async () => {
      await deploy();
      await stopController();
      const removal = await remove(() => undefined, { api: withoutNodePatches(editor.api) });
      const nodes = (await labelledNodes()).trim().split("\n");
      expect(removal.labelled.map((name) => `node/${name}`)).toEqual(nodes);
      expect(await kubectlOutput(["get", "daemonsets,deployments", OURS, "--output=name"])).toBe(
        "deployment.apps/node-readiness\n",
      );
      expect(await remove()).toEqual({ stopped: false, unreached: [], labelled: [] });
      expect(await labelledNodes()).toBe("");
      await untilNothingIsLeft();
    });
  });

  describe("on a node without a kubelet", () => {
    it("is removed everywhere else, and the node is named", async () => {
      const node = await SilentNode.create("silent-node");
      try {
        await deploy();
        await node.vanish();
        await until("the editor sees it", () => {
          const { inventory } = editor.cluster.source;
          const tracer = inventory.tracerOf(node.name);
          return inventory.nodes.get(node.name)?.ready === false && tracer?.phase === "running";
        });
        expect(await remove()).toEqual({ stopped: false, unreached: [node.name], labelled: [] });
        expect(await labelledNodes()).toBe("");
        expect(existsSync(PIN_DIRECTORY)).toBe(false);
      } finally {
        await node.close();
      }
      await untilNothingIsLeft();
    });
  });
});

/** The node is this machine: its bpffs can be looked at. */
function seesNode(): boolean {
  return process.env[DIRECTORY_VARIABLE] !== undefined;
}

/** The API server for a user who may do all but write nodes. */
function withoutNodePatches(api: ApiServer): ApiServer {
  return {
    call: (request) =>
      request.method === "PATCH" && request.path.startsWith("/api/v1/nodes/")
        ? Promise.reject(new ApiError(() => "nodes is forbidden", 403, "Forbidden"))
        : api.call(request),
    download: (request) => api.download(request),
    stream: (request) => api.stream(request),
    tunnel: (pod) => api.tunnel(pod),
  };
}
