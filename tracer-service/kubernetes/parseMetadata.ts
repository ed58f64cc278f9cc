import type { Metadata, OwnerReference } from "../identity/podFacts.ts";
import { objectOf, objectsOf, textOf, type Json } from "./json.ts";

/** Longest name, in characters: a DNS subdomain. */
export const MAX_NAME = 253;
/** Longer than any label's value may be, so that what is too long is seen to be. */
const MAX_VALUE = 300;
const MAX_OWNERS = 32;

/**
 * What identity needs of an object's `metadata`: of its labels and annotations only those that are wanted, cut where
 * they are longer than any label can be. Undefined without a uid.
 */
export function parseMetadata(metadata: Json, wanted: ReadonlySet<string>): Metadata | undefined {
  const uid = textOf(metadata["uid"], MAX_NAME);
  if (uid === undefined) return undefined;
  return {
    uid,
    labels: pick(metadata["labels"], wanted),
    annotations: pick(metadata["annotations"], wanted),
    owner: controllerOf(metadata["ownerReferences"]),
  };
}

function pick(value: unknown, wanted: ReadonlySet<string>): ReadonlyMap<string, string> {
  const from = objectOf(value);
  const picked = new Map<string, string>();
  for (const key of wanted) {
    const text = Object.hasOwn(from, key) ? from[key] : undefined;
    // Copied: a slice would keep all of what may be a quarter of a megabyte.
    if (typeof text === "string") picked.set(key, Buffer.from(text.slice(0, MAX_VALUE)).toString());
  }
  return picked;
}

function controllerOf(references: unknown): OwnerReference | undefined {
  const reference = objectsOf(references, MAX_OWNERS).find((each) => each["controller"] === true);
  if (reference === undefined) return undefined;
  const apiVersion = textOf(reference["apiVersion"], MAX_NAME);
  const kind = textOf(reference["kind"], MAX_NAME);
  const name = textOf(reference["name"], MAX_NAME);
  const uid = textOf(reference["uid"], MAX_NAME);
  if (apiVersion === undefined || kind === undefined || name === undefined || uid === undefined)
    return undefined;
  return { apiVersion, kind, name, uid };
}
