import { HttpsApiServer } from "../../../extension/cluster/api/httpsApiServer.ts";
import { readKubeconfig } from "../../../extension/cluster/kubeconfig/readKubeconfig.ts";

/** The API server of the current context, as the extension asks it. */
export function contextApi(): HttpsApiServer {
  const contexts = readKubeconfig(undefined);
  return new HttpsApiServer(contexts.open(contexts.current ?? ""));
}
