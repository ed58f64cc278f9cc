import type { Labels } from "../../../protocol/events.ts";
import { asList, asObject, asText, asTexts, type Json } from "../api/json.ts";
import { LABEL_PARTS, podLabels } from "./podLabels.ts";
import { each, type Wanted } from "../api/wantedParts.ts";

/** The kinds of which a template makes a workspace's pods, and whose labels count for these; where the API has them. */
export const OWNER_KINDS = {
  Deployment: { group: "apps", resource: "deployments" },
  StatefulSet: { group: "apps", resource: "statefulsets" },
  DaemonSet: { group: "apps", resource: "daemonsets" },
  Job: { group: "batch", resource: "jobs" },
  CronJob: { group: "batch", resource: "cronjobs" },
} as const;

export type OwnerKind = keyof typeof OWNER_KINDS;

/** A label that a Deployment's ReplicaSet and its pods have. */
const HASH_LABEL = "pod-template-hash";

/** What `podOwner` reads of an object's metadata. */
export const OWNER_REFERENCE_PARTS = {
  ownerReferences: each(["apiVersion", "kind", "name", "uid", "controller"]),
} as const satisfies Wanted;

/** What `podOwner` reads of its labels. */
export const OWNER_LABEL_PARTS: Readonly<Record<string, Wanted>> = each([HASH_LABEL]);

/** What `parseOwner` reads. */
export const OWNER_PARTS: Wanted = {
  metadata: {
    ...each(["uid", "namespace", "name"]),
    ...OWNER_REFERENCE_PARTS,
    labels: LABEL_PARTS,
    annotations: LABEL_PARTS,
  },
};

/** What is kept of an owner that says whose its pods are, or whose own owner may. */
export interface WorkspaceOwner {
  readonly uid: string;
  readonly namespace: string;
  /** As `podOwner` gives it for its pods. */
  readonly key: string;
  /** By the names that log lines use. */
  readonly labels: Labels;
  /** Key of the CronJob that made it. */
  readonly owner: string | undefined;
}

/** Reads the metadata of an object of that kind; undefined where it says nothing of users and workspaces. */
export function parseOwner(kind: OwnerKind, object: Json): WorkspaceOwner | undefined {
  const metadata = asObject(object["metadata"]);
  const uid = asText(metadata["uid"]);
  const namespace = asText(metadata["namespace"]);
  const name = asText(metadata["name"]);
  if (uid === undefined || namespace === undefined || name === undefined) return undefined;
  const { labels } = podLabels(asTexts(metadata["labels"]), asTexts(metadata["annotations"]));
  const owner = kind === "Job" ? referredOwner(metadata, ["CronJob"]) : undefined;
  if (Object.keys(labels).length === 0 && owner === undefined) return undefined;
  return {
    uid,
    namespace,
    key: ownerKey(kind, namespace, kind === "Deployment" ? name : uid),
    labels,
    owner,
  };
}

/**
 * The key of what controls a pod; undefined where that is none of the kinds. The ReplicaSet between a Deployment and
 * its pods is not asked for: its name is the Deployment's with the hash that its pods have as a label.
 */
export function podOwner(metadata: Json): string | undefined {
  const direct = referredOwner(metadata, ["StatefulSet", "DaemonSet", "Job"]);
  if (direct !== undefined) return direct;
  const owner = controllerOf(metadata);
  const namespace = asText(metadata["namespace"]);
  const name = asText(owner["name"]);
  const hash = asTexts(metadata["labels"])[HASH_LABEL];
  if (namespace === undefined || name === undefined || hash === undefined) return undefined;
  if (owner["kind"] !== "ReplicaSet" || !name.endsWith(`-${hash}`)) return undefined;
  return ownerKey("Deployment", namespace, name.slice(0, -hash.length - 1));
}

/** The kind of the owner with this key. */
export function ownerKindOf(key: string): OwnerKind {
  return key.slice(0, key.indexOf(" ")) as OwnerKind;
}

/** By its uid: another object of the same name is not the owner. */
function referredOwner(metadata: Json, kinds: readonly OwnerKind[]): string | undefined {
  const reference = controllerOf(metadata);
  const kind = kinds.find((each) => each === reference["kind"]);
  const namespace = asText(metadata["namespace"]);
  const uid = asText(reference["uid"]);
  if (kind === undefined || namespace === undefined || uid === undefined) return undefined;
  // There are other kinds of that name.
  const group = asText(reference["apiVersion"])?.split("/", 1)[0];
  return group === OWNER_KINDS[kind].group ? ownerKey(kind, namespace, uid) : undefined;
}

function controllerOf(metadata: Json): Json {
  return asObject(asList(metadata["ownerReferences"]).find((each) => each["controller"] === true));
}

function ownerKey(kind: OwnerKind, namespace: string, nameOrUid: string): string {
  return `${kind} ${namespace}/${nameOrUid}`;
}
