import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";

import type { AccessLog } from "../access/accessRecord.ts";
import type { StreamViewing } from "../access/streamViewing.ts";
import { settleSight } from "../stream/sight.ts";
import type { StreamHub } from "../stream/streamHub.ts";
import type { Visibility } from "../stream/visibility.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { ApiCounts } from "./apiCounts.ts";
import { REFUSALS, refusalBody, refusesAccess, type ApiRefusal } from "./apiRefusal.ts";
import { sendEvents, type EventsArchive } from "./eventsEndpoint.ts";
import { parseEventsQuery, QueryError, type EventsQuery } from "./eventsQuery.ts";
import type { Admission, Gate } from "./gate.ts";
import { refuseForeign } from "./refuseForeign.ts";
import { parseRequestTarget } from "./requestTarget.ts";
import { refuseUpgrade } from "./refuseUpgrade.ts";
import { isStreamHandshake, refuseHandshake } from "./streamHandshake.ts";
import { StreamEndpoint } from "./streamEndpoint.ts";
import type { TlsPair } from "./tlsFiles.ts";
import { Viewings, type Asked } from "./viewings.ts";
import { parseStreamQuery } from "./streamQuery.ts";

/** All that can be asked for. */
export const API_PATHS = [
  "/v1/workspaces",
  "/v1/stream",
  "/v1/events",
  "/healthz",
  "/readyz",
  "/metrics",
] as const;

/** What the server needs. */
export interface ApiServerOptions {
  readonly hub: Pick<StreamHub, "connect" | "workspaces" | "nodeState" | "namespaces">;
  readonly log: Diagnostics;
  /** Why nothing can be logged now; undefined when all is well. */
  readonly notReady: () => string | undefined;
  /** The metrics as Prometheus text, with their content type. */
  readonly metrics: (counts: ApiCounts) => Promise<{ readonly text: string; readonly contentType: string }>;
  /** Decides on every request. */
  readonly gate: Gate;
  readonly accessLog: AccessLog;
  /** Where events are kept; undefined where they are not. */
  readonly archive: EventsArchive | undefined;
  /** What is served (default: all). */
  readonly paths?: readonly (typeof API_PATHS)[number][];
  /** Certificate and key; without them the connection is not encrypted. */
  readonly tls?: TlsPair;
  readonly limits?: ApiLimits;
}

/** How long requests may take, in ms, and how many may be open. */
export interface ApiLimits {
  readonly headersMs: number;
  readonly requestMs: number;
  readonly checkMs: number;
  readonly streams: number;
  /** Searches of the history. */
  readonly searches: number;
  /** Streams included. Those above are told 503, those above twice as many are cut. */
  readonly connections: number;
}

const defaultLimits: ApiLimits = {
  headersMs: 5_000,
  requestMs: 5_000,
  checkMs: 1_000,
  streams: 256,
  searches: 8,
  connections: 320,
};
const MAX_HEADER_BYTES = 16_384;
const TLS_HANDSHAKE_MS = 5_000;
const KEEP_ALIVE_MS = 5_000;

/** The service's API over HTTP. `http` is to be let listen by the caller. */
export class ApiServer {
  readonly http: Server;
  readonly counts = new ApiCounts();
  readonly #options: ApiServerOptions;
  readonly #limits: ApiLimits;
  readonly #streams: StreamEndpoint;
  readonly #viewings: Viewings;
  readonly #tls: TlsServer | undefined;
  #connections = 0;
  #searches = 0;
  #closing = false;

  constructor(options: ApiServerOptions) {
    this.#options = options;
    this.#limits = options.limits ?? defaultLimits;
    this.#viewings = new Viewings(options.accessLog);
    this.#streams = new StreamEndpoint({ hub: options.hub, counts: this.counts });
    const http = {
      headersTimeout: this.#limits.headersMs,
      requestTimeout: this.#limits.requestMs,
      connectionsCheckingInterval: this.#limits.checkMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      // All else that asks for an upgrade, such as curl for HTTP/2, is answered as if it had not.
      shouldUpgradeCallback: isStreamHandshake,
    };
    const { tls } = options;
    this.#tls =
      tls && createTlsServer({ ...http, ...tls, minVersion: "TLSv1.2", handshakeTimeout: TLS_HANDSHAKE_MS });
    this.http = this.#tls ?? createServer(http);
    this.http.maxConnections = 2 * this.#limits.connections;
    this.http.on("connection", (socket) => {
      this.#connections++;
      socket.once("close", () => this.#connections--);
    });
    this.http.on("request", (request, response) => {
      void this.#answer(request, response);
    });
    this.http.on("upgrade", (request, socket, head) => {
      // There are no other connections.
      if (socket instanceof Socket) void this.#upgrade(request, socket, head);
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

  /** For connections from now on, where the server has TLS. */
  useCertificate(pair: TlsPair): void {
    this.#tls?.setSecureContext(pair);
  }

  /** Ends the streams with 1001 and cuts what is left. */
  async close(): Promise<void> {
    this.#closing = true;
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
    const asked = await this.#examine(request);
    if ("code" in asked) {
      this.#refuse(response, asked);
      return;
    }
    const { path, admission } = asked;
    switch (path) {
      case "/v1/workspaces": {
        const visible = await this.#settle(admission);
        if (typeof visible !== "function") {
          this.#refuse(response, visible);
          return;
        }
        const { hub, log } = this.#options;
        log.info({ reader: admission.reader }, "the workspaces were read");
        this.#viewings.request(asked, request);
        const { node } = hub.nodeState();
        const workspaces = hub.workspaces(visible);
        send(response, 200, "application/json", `${JSON.stringify({ node, workspaces })}\n`);
        return;
      }
      case "/v1/events":
        await this.#sendEvents(request, response, asked);
        return;
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
      case "/metrics":
        // They count what all of the node does.
        if (admission.sight.all) await this.#sendMetrics(response);
        else this.#refuse(response, { ...REFUSALS.forbidden, reader: admission.reader });
        return;
      default:
        this.#refuse(response, REFUSALS.notFound);
    }
  }

  async #sendEvents(request: IncomingMessage, response: ServerResponse, asked: Asked): Promise<void> {
    const { archive, log, hub } = this.#options;
    if (archive === undefined || this.#searches >= this.#limits.searches) {
      const { reader } = asked.admission;
      this.#refuse(
        response,
        archive === undefined ? REFUSALS.noHistory : { ...REFUSALS.tooManyClients, reader },
      );
      return;
    }
    this.#searches++;
    try {
      const query = parseEventsQuery(asked.query);
      const kept = (await archive.workspaces()).map(({ namespace }) => namespace);
      const visible = await this.#settle(asked.admission, [...hub.namespaces, ...kept]);
      if (typeof visible !== "function") {
        this.#refuse(response, visible);
        return;
      }
      log.info({ reader: asked.admission.reader }, "the history was read");
      await this.#sendViewed({ request, response, asked }, query, (viewing) =>
        sendEvents(response, query, { archive, visible, viewing }),
      );
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (response.headersSent) {
        // An answer without its last line is not whole, and its reader knows.
        log.error({ err: error }, "the history could not be read to the end");
        response.destroy();
      } else if (error instanceof QueryError) this.#refuse(response, { ...REFUSALS.badQuery, message });
      else {
        log.error({ err: error }, "the history can't be read");
        this.#refuse(response, REFUSALS.noHistory);
      }
    } finally {
      this.#searches--;
    }
  }

  /** What takes a while is written down before and after, and ends when its reader may see nothing any more. */
  async #sendViewed(
    { request, response, asked }: { request: IncomingMessage; response: ServerResponse; asked: Asked },
    { filter }: Pick<EventsQuery, "filter">,
    answer: (viewing: StreamViewing) => Promise<void>,
  ): Promise<void> {
    const viewing = this.#viewings.open(asked, request);
    viewing.subscribed(filter, undefined);
    const unfollow = asked.admission.follow({
      changed: () => undefined,
      revoked: () => response.destroy(),
    });
    try {
      await answer(viewing);
    } finally {
      unfollow();
      viewing.closed(undefined);
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

  async #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    // A connection that breaks meanwhile is no error of the service.
    socket.on("error", () => undefined);
    const refuse = (refusal: ApiRefusal, headers?: Readonly<Record<string, string>>): void => {
      if (refusesAccess(refusal)) this.#viewings.refused(refusal, request);
      this.#refuseSocket(socket, refusal, headers);
    };
    const asked = await this.#examine(request);
    if ("code" in asked) {
      refuse(asked);
      return;
    }
    const { admission } = asked;
    const { reader } = admission;
    const visible = await this.#settle(admission);
    if (typeof visible !== "function") {
      refuse(visible);
      return;
    }
    if (socket.destroyed || this.#closing) {
      socket.destroy();
      return;
    }
    if (this.#streams.size >= this.#limits.streams) {
      refuse({ ...REFUSALS.tooManyClients, reader });
      return;
    }
    const refused = refuseHandshake(request);
    if (refused !== undefined) {
      refuse(refused.refusal, refused.headers);
      return;
    }
    let first: string | undefined;
    try {
      first = parseStreamQuery(asked.query, this.#options.hub.nodeState().run);
    } catch (error) {
      const message = error instanceof Error ? error.message : REFUSALS.badQuery.message;
      refuse({ ...REFUSALS.badQuery, message });
      return;
    }
    const { log } = this.#options;
    const viewing = this.#viewings.open(asked, request);
    this.#streams.open(
      request,
      { socket, head, first, admission, observer: viewing },
      {
        opened: () => {
          viewing.begin();
          log.info({ reader, streams: this.#streams.size }, "a reader of the stream has come");
        },
        ended: (code) => {
          viewing.closed(code);
          log.info({ reader, code, streams: this.#streams.size }, "a reader of the stream has left");
        },
      },
    );
  }

  /** What is asked for, or why it is refused; who may ask at all comes first. */
  async #examine(request: IncomingMessage): Promise<Asked | ApiRefusal> {
    const target = parseRequestTarget(request.url ?? "");
    if (target === undefined) return REFUSALS.badRequest;
    if (this.#connections > this.#limits.connections) return REFUSALS.tooManyClients;
    const foreign = refuseForeign(request.headers, target.query);
    if (foreign !== undefined) return foreign;
    const admission = await this.#options.gate.admit(request);
    if ("code" in admission) return admission;
    const { "content-length": length, "transfer-encoding": encoding } = request.headers;
    if ((length !== undefined && length !== "0") || encoding !== undefined) return REFUSALS.body;
    const paths: readonly string[] = this.#options.paths ?? API_PATHS;
    if (!paths.includes(target.path)) return REFUSALS.notFound;
    return request.method === "GET" || request.method === "HEAD" ? { ...target, admission } : REFUSALS.method;
  }

  /** What the reader may see of all there is now. */
  async #settle(
    { sight, reader }: Admission,
    namespaces: Iterable<string | undefined> = this.#options.hub.namespaces,
  ): Promise<Visibility | ApiRefusal> {
    try {
      return await settleSight(sight, namespaces);
    } catch (error) {
      this.#options.log.warn({ err: error }, "a reader was refused, since permissions can't be checked now");
      return { ...REFUSALS.reviewFailed, reader };
    }
  }

  #refuse(response: ServerResponse, refusal: ApiRefusal): void {
    this.counts.refuse(refusal.code);
    if (refusesAccess(refusal)) this.#viewings.refused(refusal, response.req);
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
