import { ConnectionError } from "../source/connectionError.ts";
import type { OpenStreamSocket } from "../source/streamSocket.ts";
import type { ApiServer } from "./apiServer.ts";
import { TRACER_NAMESPACE } from "./clusterPod.ts";
import type { ClusterSource } from "./clusterSource.ts";
import { whyNoTracer } from "./clusterTracers.ts";
import type { Turns } from "./turns.ts";
import type { ViewerToken } from "./viewerToken.ts";

/** Port of the tracer's API on the loopback address of its pod. */
const API_PORT = 7070;

/** What opening a stream needs. */
export interface NodeStreamOptions {
  readonly cluster: ClusterSource;
  readonly api: ApiServer;
  readonly token: ViewerToken;
  /** Who the API server says the user is; goes into the tracer's access log, as claimed. */
  readonly claimedUser: () => string | undefined;
  readonly turns: Turns;
}

/** Opens the stream of a node's tracer through the API server, with a token that only tracers accept. */
export function openNodeStream(options: NodeStreamOptions, node: string): OpenStreamSocket {
  const { cluster, api, token, claimedUser, turns } = options;
  return (handlers) =>
    turns.run(async () => {
      const why = whyNoTracer(cluster, node);
      if (why !== undefined) throw why;
      const pod = cluster.inventory.tracerOf(node)?.name ?? "";
      const bearer = await token.get();
      const tunnel = await api.tunnel({ namespace: TRACER_NAMESPACE, pod, port: API_PORT });
      const { openWebSocket } = await import("../source/webSocket.ts");
      try {
        return await openWebSocket(
          { type: "url", url: `http://127.0.0.1:${String(API_PORT)}/` },
          { token: bearer, claimedUser: claimedUser(), connection: tunnel },
          handlers,
        );
      } catch (error) {
        tunnel.destroy();
        if (!(error instanceof ConnectionError) || !error.final) throw error;
        // Another token or a new role may be enough, and neither needs the user to connect again.
        token.forget();
        throw new ConnectionError(`node ${node}: ${error.message}`, false, error);
      }
    });
}
