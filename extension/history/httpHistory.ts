import {
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import { request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import type { HistoryEnd } from "../../protocol/historyAnswer.ts";
import { ConnectionError, toConnectionError } from "../source/connectionError.ts";
import type { ConnectionTarget } from "../source/connectionTarget.ts";
import { HistoryLines } from "./historyLines.ts";
import type { HistoryReader } from "./readHistory.ts";

/** A tracer that says nothing for so long is given up: it tells how far it is much more often. */
const SILENCE_MS = 60_000;
const MAX_REFUSAL = 4_096;

/** How to reach a tracer's API. */
export interface HistoryRequest {
  readonly target: ConnectionTarget;
  readonly token: string | undefined;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Carries the request in the place of a new connection; it is destroyed with it. */
  readonly connection?: Duplex;
}

/** As `ReadHistory`, with the packages of Node.js. */
export function readHistoryOverHttp(
  { target, token, headers = {}, connection }: HistoryRequest,
  query: URLSearchParams,
  reader: HistoryReader,
  signal: AbortSignal,
): Promise<HistoryEnd> {
  return new Promise((resolve, reject) => {
    const options: RequestOptions = {
      headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      signal,
      // With an agent, one for this request included, it would not be asked.
      ...(connection === undefined ? { agent: false } : { createConnection: () => connection }),
    };
    const request = open(target, query, options);
    // Not the socket's own: what carries the request need be none.
    const silence = setTimeout(() => {
      request.destroy(new ConnectionError((t) => t("the tracer service does not answer in time"), false));
    }, SILENCE_MS);
    request.on("error", (error) => {
      reject(signal.aborted ? (signal.reason as Error) : toConnectionError(error));
    });
    request.on("close", () => {
      clearTimeout(silence);
      connection?.destroy();
      reject(new ConnectionError((t) => t("the tracer service ended its answer before it was whole"), false));
    });
    request.on("response", (response) => {
      response.on("data", () => silence.refresh());
      const answered = response.statusCode === 200 ? read(response, reader) : refused(response);
      answered.then(resolve, reject).finally(() => connection?.destroy());
    });
    request.end();
  });
}

function open(target: ConnectionTarget, query: URLSearchParams, options: RequestOptions): ClientRequest {
  const path = `v1/events?${query.toString()}`;
  if (target.type === "unix")
    return httpRequest({ ...options, socketPath: target.socketPath, path: `/${path}` });
  const url = new URL(path, target.url);
  return url.protocol === "https:" ? httpsRequest(url, options) : httpRequest(url, options);
}

async function read(response: IncomingMessage, reader: HistoryReader): Promise<HistoryEnd> {
  const lines = new HistoryLines(reader);
  response.setEncoding("utf8");
  for await (const chunk of response) lines.add(String(chunk));
  if (lines.end !== undefined) return lines.end;
  throw new ConnectionError((t) => t("the tracer service ended its answer before it was whole"), false);
}

/** Rejects with what it says. */
async function refused(response: IncomingMessage): Promise<never> {
  let body = "";
  response.setEncoding("utf8");
  for await (const chunk of response) {
    body += String(chunk);
    if (body.length > MAX_REFUSAL) break;
  }
  response.destroy();
  let message: unknown;
  try {
    message = (JSON.parse(body) as { readonly error?: { readonly message?: unknown } }).error?.message;
  } catch {
    // An older service answers in words of its own.
  }
  if (response.statusCode === 404) {
    throw new ConnectionError((t) => t("the tracer service is too old to have a history: update it"), true);
  }
  const why = typeof message === "string" ? message.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 300) : "";
  const status = response.statusCode ?? 0;
  throw new ConnectionError(
    (t) => (why === "" ? t("the tracer service answered with status {0}", status) : why),
    false,
  );
}
