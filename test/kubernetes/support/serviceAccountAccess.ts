import { writeFileSync } from "node:fs";
import { parse } from "yaml";

import { kubectlOutput } from "./kubectl.ts";

/** The cluster that KUBECONFIG leads to. */
export interface ClusterEntry {
  readonly server: string;
  readonly "certificate-authority-data"?: string;
  readonly [key: string]: unknown;
}

/** Where the tests' own kubectl asks. */
export async function clusterEntry(): Promise<ClusterEntry> {
  const config = parse(await kubectlOutput(["config", "view", "--raw", "--minify", "--flatten"])) as {
    readonly clusters: readonly { readonly cluster: ClusterEntry }[];
  };
  const cluster = config.clusters[0]?.cluster;
  if (cluster === undefined) throw new Error("KUBECONFIG names no cluster");
  return cluster;
}

/** A token of a service account, for `audience` or for the API server itself. */
export async function createToken(
  namespace: string,
  name: string,
  audience?: string,
  seconds = 600,
): Promise<string> {
  const more = audience === undefined ? [] : [`--audience=${audience}`];
  const duration = `--duration=${String(seconds)}s`;
  const token = await kubectlOutput(["create", "token", name, `--namespace=${namespace}`, duration, ...more]);
  return token.trim();
}

/** Writes a kubeconfig by which a service account asks the API server at `server`. */
export async function writeServiceAccountConfig(
  path: string,
  {
    namespace,
    name,
    server,
  }: { readonly namespace: string; readonly name: string; readonly server?: string },
): Promise<void> {
  const token = await createToken(namespace, name, undefined, 3_600);
  const cluster = { ...(await clusterEntry()), ...(server === undefined ? {} : { server }) };
  const config = {
    ...{ apiVersion: "v1", kind: "Config", "current-context": "test" },
    contexts: [{ name: "test", context: { cluster: "test", user: "test", namespace } }],
    clusters: [{ name: "test", cluster }],
    users: [{ name: "test", user: { token } }],
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
}
