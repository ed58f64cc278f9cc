import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { WebSocket } from "ws";

import { splitFrame } from "../../../protocol/serverFrame.ts";
import { STREAM_SUBPROTOCOL, type ServerMessage } from "../../../protocol/stream.ts";
import { parseLog, type LogLine } from "./logLine.ts";
import { until } from "./until.ts";

/** Where a test reaches a service: its Unix socket, or a port of 127.0.0.1. */
export type ApiAddress = { readonly socketPath: string } | { readonly port: number };

/** An answer of the API. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends a request and resolves with its answer. */
export function ask(
  address: ApiAddress,
  path: string,
  {
    method = "GET",
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ ...address, host: "127.0.0.1", path, method, headers, agent: false });
    request.on("error", reject);
    request.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    request.end(body);
  });
}

/** The code of a refusal's JSON. */
export function refusalCode({ body }: ApiAnswer): string {
  return (JSON.parse(body) as { error: { code: string } }).error.code;
}

/** A reader of the stream that keeps everything it is told. */
export class ApiReader {
  readonly messages: { readonly header: ServerMessage; readonly lines: readonly LogLine[] }[] = [];
  readonly socket: WebSocket;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data: Buffer) => {
      const { header, lines } = splitFrame(data);
      this.messages.push({ header, lines: parseLog(Buffer.from(lines).toString()) });
    });
    socket.on("error", () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once("close", (code, reason) => {
        resolve({ code, reason: reason.toString() });
      });
    });
  }

  /** Resolves when the stream is open; rejects with the answer when it is refused. */
  static open(
    address: ApiAddress,
    { query = "", headers = {}, version = STREAM_SUBPROTOCOL } = {},
  ): Promise<ApiReader> {
    const path = `/v1/stream${query}`;
    const url =
      "socketPath" in address
        ? `ws+unix://${address.socketPath}:${path}`
        : `ws://127.0.0.1:${String(address.port)}${path}`;
    const socket = new WebSocket(url, version === "" ? [] : [version], { headers });
    const reader = new ApiReader(socket);
    return new Promise((resolve, reject) => {
      socket.once("open", () => {
        resolve(reader);
      });
      socket.once("error", reject);
      socket.once("unexpected-response", (_request, response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
        response.on("end", () => {
          reject(new RefusedError({ status: response.statusCode ?? 0, headers: response.headers, body }));
        });
      });
    });
  }

  /** The messages of one type. */
  of<Type extends ServerMessage["type"]>(type: Type): Extract<ServerMessage, { type: Type }>[] {
    return this.messages
      .map(({ header }) => header)
      .filter((header): header is Extract<ServerMessage, { type: Type }> => header.type === type);
  }

  /** The lines of all batches. */
  get events(): LogLine[] {
    return this.messages.filter(({ header }) => header.type === "events").flatMap(({ lines }) => lines);
  }

  /** The last arguments of the execs. */
  get execs(): (string | undefined)[] {
    return this.events.filter(({ msg }) => msg === "exec").map((line) => line.fields.event.argv.at(-1));
  }

  send(message: object | string): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    await until(what, condition, () => JSON.stringify(this.messages.slice(-5)).slice(0, 2000));
  }

  async end(): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }
}

/** A stream that was refused before it was one. */
class RefusedError extends Error {
  readonly answer: ApiAnswer;

  constructor(answer: ApiAnswer) {
    super(`refused with ${String(answer.status)}: ${answer.body}`);
    this.answer = answer;
  }
}

/** The answer that refused a stream; throws when it was opened. */
export async function refusal(opening: Promise<ApiReader>): Promise<ApiAnswer> {
  let opened: ApiReader;
  try {
    opened = await opening;
  } catch (error) {
    if (error instanceof RefusedError) return error.answer;
    throw error;
  }
  await opened.end();
  throw new Error("the stream was opened");
}
