import type { Duplex } from "node:stream";

import { readPeerUid } from "../kernel/libc.ts";
import { ApiServer, type ApiServerOptions } from "./apiServer.ts";
import type { Gate } from "./gate.ts";
import { listenOnPort } from "./listenOnPort.ts";
import { socketGate, tokenFileGate } from "./localGates.ts";
import type { MetricsSource } from "./metricsSource.ts";
import { ServiceMetrics } from "./serviceMetrics.ts";
import { listenOnSocketFile } from "./socketFile.ts";
import { TokenFile } from "./tokenFile.ts";

/** Where to listen. */
export type ListenTarget =
  | { readonly type: "unix"; readonly path: string; readonly gid: number | undefined }
  | { readonly type: "tcp"; readonly host: string; readonly port: number; readonly tokenFile: string };

/** What is served. */
export interface Served extends Pick<ApiServerOptions, "hub" | "log" | "notReady" | "accessLog" | "archive"> {
  readonly metricsSource: () => Omit<MetricsSource, "api">;
}

/** An API that listens. */
export interface OpenListener {
  close(): Promise<void>;
}

/** Listens, and says where in the diagnostics. Rejects with one line where it can't. */
export async function openListener(target: ListenTarget, served: Served): Promise<OpenListener> {
  const { log } = served;
  const ownUid = process.geteuid?.() ?? 0;
  if (target.type === "unix") {
    const { path, gid } = target;
    const server = createApiServer(served, socketGate(peerUidOf));
    const { remove } = await listenOnSocketFile(server.http, path, { ownUid, gid });
    log.info({ socket: path }, "the API listens");
    return {
      close: async () => {
        await server.close();
        remove();
      },
    };
  }
  const file = new TokenFile(target.tokenFile, ownUid, (problem) => {
    log.error({ problem }, "the token file can't be used any more; nobody is let in until it can");
  });
  const server = createApiServer(
    served,
    tokenFileGate(() => file.read()),
  );
  const { port } = await listenOnPort(server.http, target.host, target.port, "--listen");
  log.info({ host: target.host, port }, "the API listens");
  return { close: () => server.close() };
}

/** A server that is to be let listen. `more`: what differs from the whole API without TLS. */
export function createApiServer(
  served: Served,
  gate: Gate,
  more: Pick<ApiServerOptions, "paths" | "tls"> & { readonly countsOf?: ApiServer } = {},
): ApiServer {
  const { log, metricsSource } = served;
  const { countsOf, ...options } = more;
  const metrics = new ServiceMetrics();
  const server = new ApiServer({
    ...served,
    ...options,
    gate,
    metrics: async (counts) => {
      const api = countsOf?.counts ?? counts;
      return { text: await metrics.format({ ...metricsSource(), api }), contentType: metrics.contentType };
    },
  });
  server.http.on("error", (error) => {
    // Before it listens, whoever lets it listen tells.
    if (server.http.listening) log.warn({ err: error }, "a connection to the API could not be accepted");
  });
  return server;
}

/** Node keeps a connection's descriptor to itself; without it the reader is not named. */
export function peerUidOf(socket: Duplex): number | undefined {
  const handle = (socket as { readonly _handle?: { readonly fd?: unknown } | null })._handle;
  return typeof handle?.fd === "number" && handle.fd >= 0 ? readPeerUid(handle.fd) : undefined;
}
