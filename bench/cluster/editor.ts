// Connects to the cluster as the extension does, in a process of its own, and prints what it took as JSON.
import type { ApiServer } from "../../extension/cluster/api/apiServer.ts";
import { ClusterSource } from "../../extension/cluster/clusterSource.ts";
import { HttpsApiServer } from "../../extension/cluster/api/httpsApiServer.ts";
import { readKubeconfig } from "../../extension/cluster/kubeconfig/readKubeconfig.ts";
import { systemClock } from "../../extension/clock.ts";
import { WorkspaceTree } from "../../extension/views/workspaceTree.ts";

/** What connecting to a cluster took. Memory in bytes. */
export interface EditorCost {
  /** From the choice of a context until all workspaces and nodes are in the views. */
  readonly listMs: number;
  /** Of this process in that time. */
  readonly cpuMs: number;
  readonly pods: number;
  readonly nodes: number;
  readonly users: number;
  /** Requests by path, and whether they were watches. */
  readonly requests: Readonly<Record<string, number>>;
  readonly peakBytes: number;
  readonly heapBytes: number;
}

const SETTLE_MS = 5_000;
const startedMs = performance.now();
const startedCpu = process.cpuUsage();

const contexts = readKubeconfig(undefined);
const real = new HttpsApiServer(contexts.open(contexts.current ?? ""));
const requests: Record<string, number> = {};
const count = (kind: string): void => {
  requests[kind] = (requests[kind] ?? 0) + 1;
};
const api: ApiServer = {
  call: (request) => {
    count(`call ${request.path}`);
    return real.call(request);
  },
  download: (request) => {
    count(`list ${request.path}`);
    return real.download(request);
  },
  stream: (request) => {
    count(`watch ${request.path}`);
    return real.stream(request);
  },
  tunnel: (pod) => real.tunnel(pod),
};
const tree = new WorkspaceTree();
const cluster = new ClusterSource({
  ...{ context: "bench", server: "", api, namespaces: [], clock: systemClock },
  log: (message) => process.stderr.write(`${message}\n`),
});
cluster.onDidChangeWorkspaces((change) => {
  tree.apply(cluster.id, change);
});
await new Promise<void>((resolve) => {
  const check = (): void => {
    if (cluster.listed && cluster.nodesState.type === "connected" && cluster.inventory.nodes.size > 0)
      resolve();
  };
  cluster.onDidChangeState(check);
  cluster.onDidChangeInventory(check);
});
const listMs = performance.now() - startedMs;
const { user, system } = process.cpuUsage(startedCpu);
await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
const cost: EditorCost = {
  listMs,
  cpuMs: (user + system) / 1_000,
  pods: cluster.workspaces.size,
  nodes: cluster.inventory.nodes.size,
  users: tree.users().length,
  requests,
  peakBytes: process.resourceUsage().maxRSS * 1024,
  heapBytes: process.memoryUsage().heapUsed,
};
cluster.dispose();
process.stdout.write(`${JSON.stringify(cost)}\n`);
process.exit();
