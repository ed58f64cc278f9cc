import { STREAM_SUBPROTOCOL } from "../../protocol/stream.ts";
import type { Reader } from "../access/reader.ts";

/** An answer that refuses a request: its HTTP status, a code that stays the same, and one line for people. */
export interface ApiRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Who it was, where that is known. */
  readonly reader?: Reader;
}

/** Every way in which a request is refused. */
export const REFUSALS = {
  badRequest: { status: 400, code: "bad_request", message: "expected an HTTP/1.1 request" },
  badQuery: { status: 400, code: "bad_query", message: "the query is not understood" },
  badHandshake: {
    status: 400,
    code: "bad_handshake",
    message: "the request does not open a WebSocket as RFC 6455 asks: send a key and version 13",
  },
  tokenInUrl: {
    status: 400,
    code: "token_in_url",
    message: "a token in the URL ends up in logs: send it in the Authorization header, as Bearer",
  },
  unauthorized: {
    status: 401,
    code: "unauthorized",
    message: "the token is missing or wrong: send Authorization: Bearer, with the content of the token file",
  },
  tokenMissing: {
    status: 401,
    code: "unauthorized",
    message: "the token is missing: send Authorization: Bearer, with a token for the service's audience",
  },
  tokenRefused: {
    status: 401,
    code: "unauthorized",
    message: "the API server does not accept the token, or not for this audience: ask for a new one",
  },
  forbidden: {
    status: 403,
    code: "forbidden",
    message: "only who may read all namespaces is told this",
  },
  metricsForbidden: {
    status: 403,
    code: "forbidden",
    message: "this token may not get the path /metrics: grant get on that nonResourceURL",
  },
  origin: {
    status: 403,
    code: "origin_refused",
    message: "requests of web pages are refused: send no Origin header",
  },
  notFound: { status: 404, code: "not_found", message: "there is nothing at this path" },
  method: { status: 405, code: "method_not_allowed", message: "only GET and HEAD are answered here" },
  timeout: {
    status: 408,
    code: "request_timeout",
    message: "the whole request must arrive within a few seconds",
  },
  body: { status: 413, code: "body_refused", message: "a request to this service has no body" },
  noWebSocket: {
    status: 426,
    code: "websocket_required",
    message: `the stream is a WebSocket: ask for Upgrade: websocket and the subprotocol ${STREAM_SUBPROTOCOL}`,
  },
  otherVersion: {
    status: 426,
    code: "other_version",
    message: `this service speaks ${STREAM_SUBPROTOCOL}`,
  },
  headers: { status: 431, code: "headers_too_large", message: "URL and headers are too long" },
  tooManyClients: {
    status: 503,
    code: "too_many_clients",
    message: "too many connections: try again when another reader has left",
  },
  reviewFailed: {
    status: 503,
    code: "review_failed",
    message: "permissions can't be checked now, so nobody is let in: try again later",
  },
  noHistory: {
    status: 503,
    code: "no_history",
    message: "this service keeps no history, or can't read it: its log says why",
  },
  tokenFile: {
    status: 503,
    code: "token_file_unusable",
    message: "the service can't use its token file any more: its log says why",
  },
} as const satisfies Record<string, ApiRefusal>;

/** Refusals of somebody who may not read, or can't be let in now; the others are mistakes in what was asked. */
const OF_ACCESS: ReadonlySet<string> = new Set(
  [
    REFUSALS.unauthorized,
    REFUSALS.forbidden,
    REFUSALS.tokenInUrl,
    REFUSALS.origin,
    REFUSALS.reviewFailed,
    REFUSALS.tokenFile,
    REFUSALS.tooManyClients,
  ].map(({ code }) => code),
);

/** Whether it is to be written down beside the viewings. */
export function refusesAccess({ code }: ApiRefusal): boolean {
  return OF_ACCESS.has(code);
}

/** The JSON that tells a refusal. */
export function refusalBody({ code, message }: ApiRefusal): string {
  return `${JSON.stringify({ error: { code, message } })}\n`;
}
