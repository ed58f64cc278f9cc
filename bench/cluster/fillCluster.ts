import { setTimeout } from "node:timers/promises";

import { ApiError } from "../../extension/cluster/api/apiError.ts";
import { apiPath, type ApiServer } from "../../extension/cluster/api/apiServer.ts";
import { asList, asObject, asText } from "../../extension/cluster/api/json.ts";
import {
  BENCH,
  nodeName,
  nodeObject,
  nodeStatus,
  podName,
  podObject,
  podStatus,
} from "./workspaceObjects.ts";

const AT_A_TIME = 16;
const PATIENCE_MS = 300_000;
const CONFLICT = 409;
const NOT_FOUND = 404;
const MERGE_PATCH = "application/merge-patch+json";

const namespaces = apiPath("api", "v1", "namespaces");
const nodes = apiPath("api", "v1", "nodes");
const pods = apiPath("api", "v1", "namespaces", BENCH, "pods");

/** How much is to be there. */
export interface ClusterSize {
  readonly nodes: number;
  readonly pods: number;
  /** Of the pods, those on the first node; the others are spread over the rest. */
  readonly podsOnFirst: number;
}

/** Makes the nodes and the workspace pods, each with the status that a kubelet would give it. */
export async function fillCluster(api: ApiServer, size: ClusterSize): Promise<void> {
  await create(api, namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: BENCH } });
  // Pods are refused until their namespace has it.
  await until(() => exists(api, apiPath("api", "v1", "namespaces", BENCH, "serviceaccounts", "default")));
  await inParallel(size.nodes, async (node) => {
    await createWithStatus(api, nodes, nodeObject(node), nodeStatus(node));
  });
  await inParallel(size.pods, async (pod) => {
    const onFirst = pod < size.podsOnFirst || size.nodes === 1;
    const node = onFirst ? 0 : 1 + (pod % (size.nodes - 1));
    await createWithStatus(api, pods, podObject(pod, node), podStatus(pod));
  });
}

/** Removes all that `fillCluster` made, as far as it is there. */
export async function emptyCluster(api: ApiServer, size: ClusterSize): Promise<void> {
  const now = { gracePeriodSeconds: "0" };
  await inParallel(size.pods, (pod) => remove(api, `${pods}/${podName(pod)}`, now));
  await inParallel(size.nodes, (node) => remove(api, `${nodes}/${nodeName(node)}`));
  const own = `${namespaces}/${BENCH}`;
  await remove(api, own);
  await until(async () => !(await exists(api, own)));
}

/** Uids of the pods of a node, by name. */
export async function podUids(api: ApiServer, node: string): Promise<ReadonlyMap<string, string>> {
  const list = asObject(await api.call({ path: pods, query: { fieldSelector: `spec.nodeName=${node}` } }));
  return new Map(
    asList(list["items"]).map((item) => {
      const metadata = asObject(item["metadata"]);
      return [asText(metadata["name"]) ?? "", asText(metadata["uid"]) ?? ""];
    }),
  );
}

async function createWithStatus(api: ApiServer, path: string, object: object, status: object): Promise<void> {
  await create(api, path, object);
  const { name } = (object as { readonly metadata: { readonly name: string } }).metadata;
  await api.call({
    ...{ method: "PATCH", path: `${path}/${name}/status`, contentType: MERGE_PATCH },
    body: { status },
  });
}

/** One that is there already is left as it is. */
async function create(api: ApiServer, path: string, body: object): Promise<void> {
  try {
    await api.call({ method: "POST", path, body });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== CONFLICT) throw error;
  }
}

async function remove(
  api: ApiServer,
  path: string,
  query: Readonly<Record<string, string>> = {},
): Promise<void> {
  try {
    await api.call({ method: "DELETE", path, query });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== NOT_FOUND) throw error;
  }
}

async function exists(api: ApiServer, path: string): Promise<boolean> {
  try {
    await api.call({ path });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === NOT_FOUND) return false;
    throw error;
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error("the cluster does not get there in time");
    await setTimeout(200);
  }
}

async function inParallel(count: number, work: (number: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
}
