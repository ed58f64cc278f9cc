import type { Duplex } from "node:stream";
import type { ReadHistory } from "../../history/readHistory.ts";
import { ConnectionError } from "../../source/connectionError.ts";
import { claimedUserHeader } from "../../source/claimedUserHeader.ts";
import type { OpenStreamSocket } from "../../source/streamSocket.ts";
import type { ApiServer } from "../api/apiServer.ts";
import { TRACER_NAMESPACE } from "../inventory/clusterPod.ts";
import type { ClusterSource } from "../clusterSource.ts";
import { whyNoTracer } from "./clusterTracers.ts";
import type { Turns } from "../api/turns.ts";
import type { ShortToken, ViewerToken } from "./viewerToken.ts";

/** Port of the tracer's API on the loopback address of its pod. */
const API_PORT = 7070;
/** Timers may end a little early by the clock, and until a token is to be replaced it is given again. */
const RENEWAL_DELAY_MS = 100;
const TARGET = { type: "url", url: `http://127.0.0.1:${String(API_PORT)}/` } as const;

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
  const { claimedUser, turns } = options;
  return (handlers) =>
    turns.run(async () => {
      const { bearer, tunnel } = await openTunnel(options, node);
      const { openWebSocket } = await import("../../source/webSocket.ts");
      const how = { token: bearer.text, claimedUser: claimedUser(), connection: tunnel };
      const socket = await closeOnFailure(options, node, tunnel, openWebSocket(TARGET, how, handlers));
      return { ...socket, renewMs: bearer.refreshMs + RENEWAL_DELAY_MS };
    });
}

/** Asks a node's tracer for its history, on a way of its own. Only the opening of it takes a turn. */
export function openNodeHistory(options: NodeStreamOptions, node: string): ReadHistory {
  const { claimedUser, turns } = options;
  return async (query, reader, signal) => {
    const { bearer, tunnel } = await turns.run(() => openTunnel(options, node));
    const { readHistoryOverHttp } = await import("../../history/httpHistory.ts");
    const headers = claimedUserHeader(claimedUser());
    const request = { target: TARGET, token: bearer.text, headers, connection: tunnel };
    return await closeOnFailure(options, node, tunnel, readHistoryOverHttp(request, query, reader, signal));
  };
}

async function openTunnel(
  { cluster, api, token }: NodeStreamOptions,
  node: string,
): Promise<{ readonly bearer: ShortToken; readonly tunnel: Duplex }> {
  const why = whyNoTracer(cluster, node);
  if (why !== undefined) throw why;
  const pod = cluster.inventory.tracerOf(node)?.name ?? "";
  const bearer = await token.get();
  return { bearer, tunnel: await api.tunnel({ namespace: TRACER_NAMESPACE, pod, port: API_PORT }) };
}

async function closeOnFailure<T>(
  { token }: NodeStreamOptions,
  node: string,
  tunnel: Duplex,
  use: Promise<T>,
): Promise<T> {
  try {
    return await use;
  } catch (error) {
    tunnel.destroy();
    if (!(error instanceof ConnectionError) || !error.final) throw error;
    // Another token or a new role may be enough, and neither needs the user to connect again.
    token.forget();
    throw new ConnectionError((t) => t("node {0}: {1}", node, error.say(t)), false, error);
  }
}
