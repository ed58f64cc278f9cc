import { HttpsApiServer } from "../../../extension/cluster/httpsApiServer.ts";
import { readKubeconfig } from "../../../extension/cluster/readKubeconfig.ts";

/** The API server of the current context, as the extension asks it. */
export function contextApi(): HttpsApiServer {
  const contexts = readKubeconfig(undefined);
  return new HttpsApiServer(contexts.open(contexts.current ?? ""));
}
