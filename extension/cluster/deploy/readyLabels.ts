import { apiPath, type ApiServer } from "../api/apiServer.ts";
import { READY_LABEL } from "../inventory/clusterNode.ts";
import { asList, asObject, asText } from "../api/json.ts";
import { Turns } from "../api/turns.ts";

/** Requests that run at a time. */
const MAX_AT_ONCE = 10;
/** Names without the rest of a node, most of which is a list of images. */
const NAMES_ALONE = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";

/** The nodes that carry the label of nodes that log, as the API server has them now. Rejects where they can't be listed. */
async function nodesWithReadyLabel(api: ApiServer): Promise<readonly string[]> {
  const query = { labelSelector: READY_LABEL };
  const list = await api.call({ path: apiPath("api", "v1", "nodes"), query, accept: NAMES_ALONE });
  return asList(asObject(list)["items"])
    .map((item) => asText(asObject(item["metadata"])["name"]))
    .filter((name) => name !== undefined)
    .sort();
}

/** Takes the label off all nodes by the user's own rights. Gives the nodes that still carry it. */
export async function removeReadyLabels(api: ApiServer): Promise<readonly string[]> {
  const turns = new Turns(MAX_AT_ONCE);
  await Promise.all(
    (await nodesWithReadyLabel(api)).map((node) =>
      turns
        .run(() =>
          api.call({
            method: "PATCH",
            path: apiPath("api", "v1", "nodes", node),
            contentType: "application/merge-patch+json",
            body: { metadata: { labels: { [READY_LABEL]: null } } },
          }),
        )
        // Whether it helped is what the list says.
        .catch(() => undefined),
    ),
  );
  return nodesWithReadyLabel(api);
}
