import type { Labels } from "../../protocol/events.ts";
import { asList, asObject, asText, asTexts, type Json } from "./json.ts";
import { podLabels } from "./podLabels.ts";

/** The kinds of which a template makes a workspace's pods, and whose labels count for these. */
export const OWNER_KINDS = ["Deployment", "StatefulSet"] as const;

export type OwnerKind = (typeof OWNER_KINDS)[number];

/** What is kept of a Deployment or a StatefulSet that says whose its pods are. */
export interface WorkspaceOwner {
  readonly uid: string;
  /** As `podOwner` gives it for its pods. */
  readonly key: string;
  /** By the names that log lines use; never empty. */
  readonly labels: Labels;
}

/** Reads the metadata of an object of that kind; undefined where it says nothing of users and workspaces. */
export function parseOwner(kind: OwnerKind, object: Json): WorkspaceOwner | undefined {
  const metadata = asObject(object["metadata"]);
  const uid = asText(metadata["uid"]);
  const namespace = asText(metadata["namespace"]);
  const name = asText(metadata["name"]);
  if (uid === undefined || namespace === undefined || name === undefined) return undefined;
  const { labels } = podLabels(asTexts(metadata["labels"]), asTexts(metadata["annotations"]));
  return Object.keys(labels).length === 0 ? undefined : { uid, key: ownerKey(kind, namespace, name), labels };
}

/**
 * The key of the Deployment or StatefulSet that controls a pod; undefined where none does. The ReplicaSet between a
 * Deployment and its pods is not asked for: its name is the Deployment's with the hash that its pods have as a label.
 */
export function podOwner(metadata: Json): string | undefined {
  const owner = asList(metadata["ownerReferences"]).find((each) => each["controller"] === true);
  const namespace = asText(metadata["namespace"]);
  const name = asText(owner?.["name"]);
  if (owner === undefined || namespace === undefined || name === undefined) return undefined;
  if (owner["kind"] === "StatefulSet") return ownerKey("StatefulSet", namespace, name);
  const hash = asTexts(metadata["labels"])["pod-template-hash"];
  if (owner["kind"] !== "ReplicaSet" || hash === undefined || !name.endsWith(`-${hash}`)) return undefined;
  return ownerKey("Deployment", namespace, name.slice(0, -hash.length - 1));
}

function ownerKey(kind: OwnerKind, namespace: string, name: string): string {
  return `${kind} ${namespace}/${name}`;
}
