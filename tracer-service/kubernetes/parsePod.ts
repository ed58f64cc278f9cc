import type { ContainerFacts, PodFacts } from "../identity/podFacts.ts";
import { objectOf, objectsOf, textOf, type Json } from "./json.ts";
import { MAX_NAME, parseMetadata } from "./parseMetadata.ts";

const MAX_CONTAINERS = 1024;
const MAX_IMAGE = 512;
const SIDECAR = "exectrace";
const CONFIG_HASH = "kubernetes.io/config.hash";
const CONFIG_MIRROR = "kubernetes.io/config.mirror";
/** A pod's uid always has dashes, so that this can't be used to claim another pod's cgroup. */
const STATIC_UID = /^[0-9a-f]{32}$/;
const CONTAINER_ID = /^[a-z0-9-]+:\/\/([0-9a-f]{64})$/;
const NAME = /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/;

/**
 * A pod of the API, bounded in size. Throws one line where it is none: without a uid, or with names that Kubernetes
 * does not give.
 */
export function parsePod(value: unknown, wanted: ReadonlySet<string>): PodFacts {
  const pod = objectOf(value);
  const rawMetadata = objectOf(pod["metadata"]);
  const metadata = parseMetadata(rawMetadata, wanted);
  const name = nameOf(rawMetadata["name"]);
  const namespace = nameOf(rawMetadata["namespace"]);
  if (metadata === undefined || name === undefined || namespace === undefined) {
    throw new Error("the API server told of a pod without uid, name or namespace");
  }
  const spec = objectOf(pod["spec"]);
  const manifest = [
    ...objectsOf(spec["containers"], MAX_CONTAINERS),
    ...objectsOf(spec["initContainers"], MAX_CONTAINERS),
  ];
  const ephemeral = objectsOf(spec["ephemeralContainers"], MAX_CONTAINERS);
  return {
    ...metadata,
    cgroupUid: staticUidOf(rawMetadata) ?? metadata.uid,
    namespace,
    name,
    serviceAccount: nameOf(spec["serviceAccountName"]),
    // Not an ephemeral one: those can be added to a pod that runs.
    hasSidecar: manifest.some((container) => container["name"] === SIDECAR),
    containers: containersOf([...manifest, ...ephemeral], objectOf(pod["status"])),
  };
}

/**
 * kubelet names a static pod's cgroup by the hash of its manifest, and tells it in the pod's mirror. Anybody may write
 * that annotation, but kubelet runs no pod of the API that says it is a mirror, and nobody can say so of one that runs.
 */
function staticUidOf(metadata: Json): string | undefined {
  const { [CONFIG_HASH]: hash, [CONFIG_MIRROR]: mirror } = objectOf(metadata["annotations"]);
  return typeof hash === "string" && typeof mirror === "string" && STATIC_UID.test(hash) ? hash : undefined;
}

function containersOf(specs: readonly Json[], status: Json): ReadonlyMap<string, ContainerFacts> {
  const images = new Map(specs.map((container) => [container["name"], imageOf(container["image"])]));
  const containers = new Map<string, ContainerFacts>();
  for (const key of ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"]) {
    for (const each of objectsOf(status[key], MAX_CONTAINERS)) {
      const name = nameOf(each["name"]);
      if (name === undefined) continue;
      const facts = { name, image: images.get(name) };
      for (const id of idsOf(each)) containers.set(id, facts);
    }
  }
  return containers;
}

/** The container that the status tells, and the one that ran before it. */
function idsOf(status: Json): readonly string[] {
  const ended = (state: unknown): unknown => objectOf(objectOf(state)["terminated"])["containerID"];
  const ids = [status["containerID"], ended(status["state"]), ended(status["lastState"])];
  return ids.flatMap((id) => (typeof id === "string" ? (CONTAINER_ID.exec(id)?.[1] ?? []) : []));
}

function nameOf(value: unknown): string | undefined {
  const name = textOf(value, MAX_NAME);
  return name !== undefined && NAME.test(name) ? name : undefined;
}

function imageOf(value: unknown): string | undefined {
  const image = textOf(value, MAX_IMAGE);
  return image !== undefined && /^[!-~]+$/.test(image) ? image : undefined;
}
