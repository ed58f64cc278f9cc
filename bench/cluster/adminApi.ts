import { Agent } from "node:https";

import type { ApiServer } from "../../extension/cluster/api/apiServer.ts";
import { HttpsApiServer } from "../../extension/cluster/api/httpsApiServer.ts";
import { readKubeconfig } from "../../extension/cluster/kubeconfig/readKubeconfig.ts";

/** The API server that KUBECONFIG leads to, over connections that stay open, so that it can be asked for much. */
export function adminApi(): ApiServer {
  const contexts = readKubeconfig(undefined);
  const access = contexts.open(contexts.current ?? "");
  const agent = new Agent({ keepAlive: true });
  return new HttpsApiServer({
    ...access,
    options: async () => ({ ...(await access.options()), agent }),
  });
}
