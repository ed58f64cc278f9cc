import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";

import { STREAM_SUBPROTOCOL } from "../../protocol/stream.ts";
import type { StreamHub } from "../stream/streamHub.ts";
import type { Diagnostics } from "../pipeline/traceSession.ts";
import { ApiCounts } from "./apiCounts.ts";
import { REFUSALS, refusalBody, type ApiRefusal } from "./apiRefusal.ts";
import { authorizeRequest } from "./authorizeRequest.ts";
import { parseRequestTarget, type RequestTarget } from "./requestTarget.ts";
import { refuseUpgrade } from "./refuseUpgrade.ts";
import { StreamEndpoint } from "./streamEndpoint.ts";
import { parseStreamQuery } from "./streamQuery.ts";

/** Who reads: on the Unix socket the peer's uid, which may be unknown; on TCP whoever knows the token. */
export type Reader = { readonly type: "unix"; readonly uid: number | undefined } | { readonly type: "tcp" };

/** What the server needs. */
export interface ApiServerOptions {
  readonly hub: Pick<StreamHub, "connect" | "workspaces" | "nodeState">;
  readonly log: Diagnostics;
  /** Why nothing can be logged now; undefined when all is well. */
  readonly notReady: () => string | undefined;
  /** The metrics as Prometheus text, with their content type. */
  readonly metrics: (counts: ApiCounts) => Promise<{ readonly text: string; readonly contentType: string }>;
  /** What every request must know; undefined where the file system decides who may connect. */
  readonly token: (() => string | undefined) | undefined;
  readonly readPeerUid: (socket: Duplex) => number | undefined;
  readonly limits?: ApiLimits;
}

/** How long requests may take, in ms, and how many may be open. */
export interface ApiLimits {
  readonly headersMs: number;
  readonly requestMs: number;
  readonly checkMs: number;
  readonly streams: number;
  /** Streams included. Those above are told 503, those above twice as many are cut. */
  readonly connections: number;
}

const defaultLimits: ApiLimits = {
  headersMs: 5_000,
  requestMs: 5_000,
  checkMs: 1_000,
  streams: 64,
  connections: 128,
};
const MAX_HEADER_BYTES = 16_384;
const KEEP_ALIVE_MS = 5_000;

/** The service's API over HTTP. `http` is to be let listen by the caller. */
export class ApiServer {
  readonly http: Server;
  readonly counts = new ApiCounts();
  readonly #options: ApiServerOptions;
  readonly #limits: ApiLimits;
  readonly #streams: StreamEndpoint;
  #connections = 0;

  constructor(options: ApiServerOptions) {
    this.#options = options;
    this.#limits = options.limits ?? defaultLimits;
    this.#streams = new StreamEndpoint({ hub: options.hub, counts: this.counts });
    this.http = createServer({
      headersTimeout: this.#limits.headersMs,
      requestTimeout: this.#limits.requestMs,
      connectionsCheckingInterval: this.#limits.checkMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      // All else that asks for an upgrade, such as curl for HTTP/2, is answered as if it had not.
      shouldUpgradeCallback: isWebSocket,
    });
    this.http.maxConnections = 2 * this.#limits.connections;
    this.http.on("connection", (socket) => {
      this.#connections++;
      socket.once("close", () => this.#connections--);
    });
    this.http.on("request", (request, response) => {
      void this.#answer(request, response);
    });
    this.http.on("upgrade", (request, socket, head) => {
      // A server without TLS has no other connections.
      if (socket instanceof Socket) this.#upgrade(request, socket, head);
      else socket.destroy();
    });
    this.http.on("checkContinue", (_request, response: ServerResponse) => {
      this.#refuse(response, REFUSALS.body);
    });
    this.http.on("checkExpectation", (_request, response: ServerResponse) => {
      this.#refuse(response, REFUSALS.badRequest);
    });
    this.http.on("connect", (_request, socket: Socket) => {
      this.#refuseSocket(socket, REFUSALS.method);
    });
    this.http.on("clientError", (error: NodeJS.ErrnoException, socket) => {
      const refusal = clientRefusal(error.code);
      if (refusal !== undefined && socket.writable) this.#refuseSocket(socket, refusal);
      else socket.destroy();
    });
  }

  /** Ends the streams with 1001 and cuts what is left. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.http.close(() => {
        resolve();
      });
    });
    await this.#streams.close();
    this.http.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = this.#examine(request);
    if ("code" in target) {
      this.#refuse(response, target);
      return;
    }
    switch (target.path) {
      case "/v1/workspaces": {
        const { hub, log } = this.#options;
        log.info({ reader: this.#reader(request.socket) }, "the workspaces were read");
        const { node } = hub.nodeState();
        send(
          response,
          200,
          "application/json",
          `${JSON.stringify({ node, workspaces: hub.workspaces() })}\n`,
        );
        return;
      }
      case "/v1/stream":
        response.setHeader("Upgrade", "websocket");
        this.#refuse(response, REFUSALS.noWebSocket);
        return;
      case "/healthz":
        send(response, 200, "text/plain; charset=utf-8", "alive\n");
        return;
      case "/readyz": {
        const why = this.#options.notReady();
        send(response, why === undefined ? 200 : 503, "text/plain; charset=utf-8", `${why ?? "tracing"}\n`);
        return;
      }
      case "/metrics": {
        await this.#sendMetrics(response);
        return;
      }
      default:
        this.#refuse(response, REFUSALS.notFound);
    }
  }

  async #sendMetrics(response: ServerResponse): Promise<void> {
    try {
      const { text, contentType } = await this.#options.metrics(this.counts);
      send(response, 200, contentType, text);
    } catch (error) {
      this.#options.log.error({ err: error }, "could not make the metrics");
      send(response, 500, "text/plain; charset=utf-8", "the metrics could not be made: the log says why\n");
    }
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    // A connection that breaks meanwhile is no error of the service.
    socket.on("error", () => undefined);
    const target = this.#examine(request);
    if ("code" in target) {
      this.#refuseSocket(socket, target);
      return;
    }
    if (this.#streams.size >= this.#limits.streams) {
      this.#refuseSocket(socket, REFUSALS.tooManyClients);
      return;
    }
    const asked = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((each) => each.trim());
    if (!asked.includes(STREAM_SUBPROTOCOL)) {
      this.#refuseSocket(socket, otherVersion(asked), { "Sec-WebSocket-Protocol": STREAM_SUBPROTOCOL });
      return;
    }
    if (!isHandshake(request)) {
      this.#refuseSocket(socket, REFUSALS.badHandshake, { "Sec-WebSocket-Version": "13" });
      return;
    }
    let first: string | undefined;
    try {
      first = parseStreamQuery(target.query, this.#options.hub.nodeState().run);
    } catch (error) {
      const message = error instanceof Error ? error.message : REFUSALS.badQuery.message;
      this.#refuseSocket(socket, { ...REFUSALS.badQuery, message });
      return;
    }
    const reader = this.#reader(socket);
    const { log } = this.#options;
    this.#streams.open(
      request,
      { socket, head, first },
      {
        opened: () => {
          log.info({ reader, streams: this.#streams.size }, "a reader of the stream has come");
        },
        ended: (code) => {
          log.info({ reader, code, streams: this.#streams.size }, "a reader of the stream has left");
        },
      },
    );
  }

  /** What is asked for, or why it is refused; who may ask at all comes first. */
  #examine(request: IncomingMessage): RequestTarget | ApiRefusal {
    const target = parseRequestTarget(request.url ?? "");
    if (target === undefined) return REFUSALS.badRequest;
    if (this.#connections > this.#limits.connections) return REFUSALS.tooManyClients;
    const token = this.#options.token?.();
    if (this.#options.token !== undefined && token === undefined) return REFUSALS.tokenFile;
    const refusal = authorizeRequest(request.headers, target.query, token);
    if (refusal !== undefined) return refusal;
    const { "content-length": length, "transfer-encoding": encoding } = request.headers;
    if ((length !== undefined && length !== "0") || encoding !== undefined) return REFUSALS.body;
    if (!PATHS.includes(target.path)) return REFUSALS.notFound;
    return request.method === "GET" || request.method === "HEAD" ? target : REFUSALS.method;
  }

  #reader(socket: Duplex): Reader {
    if (this.#options.token !== undefined) return { type: "tcp" };
    return { type: "unix", uid: this.#options.readPeerUid(socket) };
  }

  #refuse(response: ServerResponse, refusal: ApiRefusal): void {
    this.counts.refuse(refusal.code);
    // Whatever else is on its way on this connection is not read.
    response.shouldKeepAlive = false;
    if (refusal.status === 405) response.setHeader("Allow", "GET, HEAD");
    if (refusal.status === 401) response.setHeader("WWW-Authenticate", "Bearer");
    send(response, refusal.status, "application/json", refusalBody(refusal));
  }

  #refuseSocket(socket: Duplex, refusal: ApiRefusal, headers: Readonly<Record<string, string>> = {}): void {
    this.counts.refuse(refusal.code);
    refuseUpgrade(socket, refusal, headers);
  }
}

const PATHS: readonly string[] = ["/v1/workspaces", "/v1/stream", "/healthz", "/readyz", "/metrics"];

function isWebSocket({ method, headers, url = "" }: IncomingMessage): boolean {
  return (
    method === "GET" &&
    headers.upgrade?.toLowerCase() === "websocket" &&
    parseRequestTarget(url)?.path === "/v1/stream"
  );
}

function isHandshake({ headers }: IncomingMessage): boolean {
  return (
    /^[+/0-9A-Za-z]{22}==$/.test(headers["sec-websocket-key"] ?? "") &&
    headers["sec-websocket-version"] === "13"
  );
}

function otherVersion(asked: readonly string[]): ApiRefusal {
  const known = asked.filter((each) => /^[\w.-]{1,64}$/.test(each));
  const theirs = known.length === 0 ? "no version" : known.slice(0, 4).join(", ");
  const message = `this service speaks ${STREAM_SUBPROTOCOL}, and the client asked for ${theirs}: update the older one`;
  return { ...REFUSALS.otherVersion, message };
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.statusCode = status;
  response.setHeader("Content-Type", contentType);
  response.setHeader("Cache-Control", "no-store");
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("Content-Length", Buffer.byteLength(body));
  response.end(body);
}

/** What was wrong with bytes that are no whole request; undefined if the connection broke. */
function clientRefusal(code: string | undefined): ApiRefusal | undefined {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return REFUSALS.timeout;
  if (code === "HPE_HEADER_OVERFLOW") return REFUSALS.headers;
  return code?.startsWith("HPE_") === true ? REFUSALS.badRequest : undefined;
}
