import type { Metadata, PodFacts } from "../../../../tracer-service/identity/podFacts.ts";
import { CODER_KEYS } from "../../../../tracer-service/identity/labelKeys.ts";
import type { PodRules } from "../../../../tracer-service/identity/podIdentity.ts";

export const POD_UID = "0b5a2a0e-2d0e-4a51-9f0a-2d0e4a519f0a";
export const CONTAINER_ID = "3f1c0d5e".repeat(8);

export const CODER_RULES: PodRules = { keys: CODER_KEYS, selector: undefined, captureNamespaces: new Set() };

/** Jessie's workspace "main", as Coder's current template labels it. */
export const JESSIE = { "com.coder.user.username": "jessie", "com.coder.workspace.name": "main" };

/** What identity knows of an object with these labels and annotations. */
export function metadataOf(
  labels: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>> = {},
): Metadata {
  const maps = { labels: new Map(Object.entries(labels)), annotations: new Map(Object.entries(annotations)) };
  return { uid: "owner", owner: undefined, ...maps };
}

/** A pod with one container that runs, changed as asked. */
export function fixturePod(
  labels: Readonly<Record<string, string>> = {},
  changes: Partial<PodFacts> = {},
): PodFacts {
  return {
    ...metadataOf(labels),
    uid: POD_UID,
    cgroupUid: POD_UID,
    namespace: "coder",
    name: "jessie-main",
    serviceAccount: "default",
    hasSidecar: false,
    containers: new Map([[CONTAINER_ID, { name: "dev", image: "example/dev:1" }]]),
    ...changes,
  };
}
