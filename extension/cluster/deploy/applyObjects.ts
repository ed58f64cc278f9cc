import { ApiError } from "../api/apiError.ts";
import type { ApiServer } from "../api/apiServer.ts";
import { APPLIED_BY, APPLIED_LABEL, markApplied } from "./deployment.ts";
import { asList, asObject, asText, asTexts } from "../api/json.ts";
import {
  collectionPath,
  DEPLOYED_KINDS,
  type KubeObject,
  objectPath,
  objectText,
} from "../api/kubeObject.ts";
import { ShownError, whyText } from "../../../protocol/text/shownError.ts";

const FIELD_MANAGER = "process-logging-editor";
const NOT_FOUND = 404;
const FORBIDDEN = 403;

/**
 * Applies objects in their order. Those that are there already and were made by somebody else are changed, but stay
 * theirs. Rejects at the first that can't be applied, and says which.
 */
export async function applyObjects(
  api: ApiServer,
  objects: readonly KubeObject[],
  onProgress: (done: number, object: KubeObject) => void,
): Promise<void> {
  let done = 0;
  for (const object of objects) {
    onProgress(done++, object);
    try {
      const there = await find(api, object);
      const ours = there === undefined || asTexts(asObject(there)["labels"])[APPLIED_LABEL] === APPLIED_BY;
      await api.call({
        method: "PATCH",
        path: objectPath(object),
        query: { fieldManager: FIELD_MANAGER },
        contentType: "application/apply-patch+yaml",
        body: ours ? markApplied(object) : object,
      });
    } catch (error) {
      throw new ShownError(
        (t) => t("could not apply {0}: {1}", objectText(object), whyText(error, t)),
        error,
      );
    }
  }
}

/** What the extension has made in this cluster, and which kinds it could not ask for. */
export interface AppliedObjects {
  readonly objects: readonly KubeObject[];
  readonly unseen: readonly string[];
}

/** Finds all objects that carry the extension's label, in the order in which they were applied. */
export async function findApplied(api: ApiServer): Promise<AppliedObjects> {
  const objects: KubeObject[] = [];
  const unseen: string[] = [];
  for (const kind of DEPLOYED_KINDS) {
    try {
      const query = { labelSelector: `${APPLIED_LABEL}=${APPLIED_BY}` };
      const list = await api.call({ path: collectionPath(kind), query });
      for (const item of asList(asObject(list)["items"])) {
        const { apiVersion } = kind;
        const metadata = asObject(item["metadata"]);
        const name = asText(metadata["name"]);
        const namespace = asText(metadata["namespace"]);
        if (name === undefined) continue;
        objects.push({
          ...{ apiVersion, kind: kind.kind },
          metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
        });
      }
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status !== FORBIDDEN && error.status !== NOT_FOUND))
        throw error;
      if (error.status === FORBIDDEN) unseen.push(kind.kind);
    }
  }
  return { objects, unseen };
}

/** Removes an object and what belongs to it; one that is gone already is fine. */
export async function removeObject(api: ApiServer, object: KubeObject): Promise<void> {
  try {
    await api.call({
      method: "DELETE",
      path: objectPath(object),
      body: { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Background" },
    });
  } catch (error) {
    if (error instanceof ApiError && error.status === NOT_FOUND) return;
    throw new ShownError((t) => t("could not remove {0}: {1}", objectText(object), whyText(error, t)), error);
  }
}

async function find(api: ApiServer, object: KubeObject): Promise<unknown> {
  try {
    return asObject(await api.call({ path: objectPath(object) }))["metadata"];
  } catch (error) {
    if (error instanceof ApiError && error.status === NOT_FOUND) return undefined;
    throw error;
  }
}
