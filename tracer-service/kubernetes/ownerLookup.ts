import type { Metadata, OwnerReference } from "../identity/podFacts.ts";
import { objectOf } from "./json.ts";
import type { KubeClient } from "./kubeClient.ts";
import { KubeError } from "./kubeError.ts";
import { parseMetadata } from "./parseMetadata.ts";

/** The objects that are looked up, by API group and kind: `get` on these is all that is needed. */
const RESOURCES: Readonly<Record<string, string>> = {
  "apps/ReplicaSet": "apis/apps/v1/namespaces/%/replicasets",
  "apps/Deployment": "apis/apps/v1/namespaces/%/deployments",
  "apps/StatefulSet": "apis/apps/v1/namespaces/%/statefulsets",
  "apps/DaemonSet": "apis/apps/v1/namespaces/%/daemonsets",
  "batch/Job": "apis/batch/v1/namespaces/%/jobs",
  "batch/CronJob": "apis/batch/v1/namespaces/%/cronjobs",
};

/** Pod → ReplicaSet → Deployment is the longest chain of these. */
const MAX_CHAIN = 3;
const KNOWN_MS = 300_000;
const MISSING_MS = 60_000;
const MAX_ENTRIES = 2_000;
/** Nothing can be called that, but a reference may say so: in a path it would be another one. */
const NO_NAME = /^\.{1,2}$|[/%]/;

interface Entry {
  readonly found: Promise<Metadata | undefined>;
  expiresMs: number;
}

/** Finds the owners of pods, and remembers them and those that do not exist, so that pods of one owner ask once. */
export class OwnerLookup {
  readonly #client: Pick<KubeClient, "ask">;
  readonly #wanted: ReadonlySet<string>;
  readonly #nowMs: () => number;
  readonly #entries = new Map<string, Entry>();

  constructor(client: Pick<KubeClient, "ask">, wanted: ReadonlySet<string>, nowMs = () => performance.now()) {
    this.#client = client;
    this.#wanted = wanted;
    this.#nowMs = nowMs;
  }

  /** The owners that exist, the nearest first. Rejects with a `KubeError` when the API server does not say. */
  async ownersOf(pod: Metadata & { readonly namespace: string }): Promise<readonly Metadata[]> {
    const owners: Metadata[] = [];
    let reference = pod.owner;
    while (reference !== undefined && owners.length < MAX_CHAIN) {
      const owner = await this.#find(reference, pod.namespace);
      if (owner === undefined) break;
      owners.push(owner);
      reference = owner.owner;
    }
    return owners;
  }

  #find(reference: OwnerReference, namespace: string): Promise<Metadata | undefined> {
    const path = pathOf(reference, namespace);
    if (path === undefined) return Promise.resolve(undefined);
    const nowMs = this.#nowMs();
    // With its name: who names the uid of another's owner and a name that is wrong gets an answer of his own.
    const key = `${path} ${reference.uid}`;
    const known = this.#entries.get(key);
    if (known !== undefined && known.expiresMs > nowMs) return known.found;
    const found = this.#ask(path, reference.uid);
    const entry: Entry = { found, expiresMs: Infinity };
    if (this.#entries.size >= MAX_ENTRIES) this.#forgetOldest();
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    found.then(
      (owner) => (entry.expiresMs = this.#nowMs() + (owner === undefined ? MISSING_MS : KNOWN_MS)),
      () => this.#entries.delete(key),
    );
    return found;
  }

  async #ask(path: string, uid: string): Promise<Metadata | undefined> {
    try {
      const object = objectOf(await this.#client.ask({ method: "GET", path }));
      const owner = parseMetadata(objectOf(object["metadata"]), this.#wanted);
      // The reference is the pod's own word: another object of the same name is not its owner.
      return owner?.uid === uid ? owner : undefined;
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return undefined;
      throw error;
    }
  }

  #forgetOldest(): void {
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}

/** Whether a pod has an owner of a kind that is looked up. */
export function hasKnownOwner({ owner }: Metadata): boolean {
  return owner !== undefined && resourceOf(owner) !== undefined;
}

function pathOf(reference: OwnerReference, namespace: string): string | undefined {
  const resource = resourceOf(reference);
  if (resource === undefined || NO_NAME.test(reference.name)) return undefined;
  return `/${resource.replace("%", encodeURIComponent(namespace))}/${encodeURIComponent(reference.name)}`;
}

function resourceOf({ apiVersion, kind }: OwnerReference): string | undefined {
  const key = `${apiVersion.split("/")[0] ?? ""}/${kind}`;
  return Object.hasOwn(RESOURCES, key) ? RESOURCES[key] : undefined;
}
