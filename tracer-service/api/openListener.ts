import type { AddressInfo, Server } from "node:net";
import type { Duplex } from "node:stream";
import { getSystemErrorMessage } from "node:util";

import { readPeerUid } from "../kernel/libc.ts";
import { ApiServer, type ApiServerOptions } from "./apiServer.ts";
import { ServiceMetrics, type MetricsSource } from "./serviceMetrics.ts";
import { listenOnSocketFile } from "./socketFile.ts";
import { TokenFile } from "./tokenFile.ts";

/** Where to listen. */
export type ListenTarget =
  | { readonly type: "unix"; readonly path: string; readonly gid: number | undefined }
  | { readonly type: "tcp"; readonly host: string; readonly port: number; readonly tokenFile: string };

/** What is served. */
export interface Served extends Pick<ApiServerOptions, "hub" | "log" | "notReady"> {
  readonly metricsSource: () => Omit<MetricsSource, "api">;
}

/** An API that listens. */
export interface OpenListener {
  close(): Promise<void>;
}

/** Listens, and says where in the diagnostics. Rejects with one line where it can't. */
export async function openListener(target: ListenTarget, served: Served): Promise<OpenListener> {
  const { log, metricsSource } = served;
  const metrics = new ServiceMetrics();
  const ownUid = process.geteuid?.() ?? 0;
  const server = new ApiServer({
    ...served,
    readPeerUid: uidOf,
    token: target.type === "tcp" ? tokenOf(target.tokenFile, ownUid, served) : undefined,
    metrics: async (api) => {
      return { text: await metrics.format({ ...metricsSource(), api }), contentType: metrics.contentType };
    },
  });
  let remove = (): void => undefined;
  if (target.type === "unix") {
    const { path, gid } = target;
    ({ remove } = await listenOnSocketFile(server.http, path, { ownUid, gid }));
    log.info({ socket: path }, "the API listens");
  } else {
    const { port } = await listenOnPort(server.http, target.host, target.port);
    log.info({ host: target.host, port }, "the API listens");
  }
  server.http.on("error", (error) => {
    log.warn({ err: error }, "a connection to the API could not be accepted");
  });
  return {
    close: async () => {
      await server.close();
      remove();
    },
  };
}

function tokenOf(path: string, ownUid: number, { log }: Served): () => string | undefined {
  const file = new TokenFile(path, ownUid, (problem) => {
    log.error({ problem }, "the token file can't be used any more; nobody is let in until it can");
  });
  return () => file.read();
}

function listenOnPort(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException): void => {
      const why = cause.errno === undefined ? cause.message : getSystemErrorMessage(cause.errno);
      const where = `${host.includes(":") ? `[${host}]` : host}:${String(port)}`;
      reject(
        new Error(`could not listen on ${where}: ${why}: choose another address with --listen`, { cause }),
      );
    };
    server.once("error", fail);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", fail);
      resolve(server.address() as AddressInfo);
    });
  });
}

/** Node keeps a connection's descriptor to itself; without it the reader is not named. */
function uidOf(socket: Duplex): number | undefined {
  const handle = (socket as { readonly _handle?: { readonly fd?: unknown } | null })._handle;
  return typeof handle?.fd === "number" && handle.fd >= 0 ? readPeerUid(handle.fd) : undefined;
}
