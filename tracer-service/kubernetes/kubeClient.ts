import { Agent, request as httpsRequest } from "node:https";
import type { IncomingMessage } from "node:http";

import type { KubeAccess } from "./kubeAccess.ts";
import { KubeError } from "./kubeError.ts";

/** A request to the API server. */
export interface KubeRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH";
  /** Path with its query. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: object;
  /** Of the body (default application/json). */
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
}

const TIMEOUT_MS = 10_000;
/** A list of the 250 pods of a node is some 5 MB; of 5,000 nodes, 100 MB, which callers split by `limit`. */
const MAX_ANSWER_BYTES = 33_554_432;
/** A pod is at most 1.5 MB in etcd, and six times that as JSON, which has `<` as `\u003c`. */
const MAX_WATCH_LINE = 16_777_216;
const MAX_SOCKETS = 16;

/**
 * The few requests that the service makes of the API server. `@kubernetes/client-node` does the same and more, for
 * 90 MB and two seconds in each tracer.
 */
export class KubeClient {
  readonly #access: KubeAccess;
  readonly #agent: Agent;

  constructor(access: KubeAccess) {
    this.#access = access;
    const { ca, cert, key, serverName } = access;
    this.#agent = new Agent({
      ...{ keepAlive: true, maxSockets: MAX_SOCKETS, minVersion: "TLSv1.2" },
      ...(ca && { ca }),
      ...(cert && { cert }),
      ...(key && { key }),
      ...(serverName === undefined ? {} : { servername: serverName }),
    });
  }

  /** The namespace of the pod or of the kubeconfig's context. */
  get namespace(): string | undefined {
    return this.#access.namespace;
  }

  /** The answer's JSON. Rejects with a `KubeError`. */
  async ask(request: KubeRequest): Promise<unknown> {
    const limit = AbortSignal.timeout(TIMEOUT_MS);
    const signal = request.signal === undefined ? limit : AbortSignal.any([request.signal, limit]);
    const response = await this.#send({ ...request, signal });
    const text = await this.#read(response, request);
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      throw new KubeError(`${what(request)}: the answer is not JSON`, {
        cause,
        status: response.statusCode,
      });
    }
  }

  /**
   * The JSON objects of a watch, one after the other, until the server ends it. Throws a `KubeError` when it breaks;
   * also when nothing at all arrives for `silenceMs`.
   */
  async *watch(path: string, signal: AbortSignal, silenceMs: number): AsyncGenerator<unknown, void> {
    const request = { method: "GET", path } as const;
    const ended = new AbortController();
    const response = await this.#send({ ...request, signal: AbortSignal.any([signal, ended.signal]) });
    try {
      if (response.statusCode !== 200) await this.#read(response, request);
      response.setTimeout(silenceMs, () => response.destroy(new Error("nothing arrived for too long")));
      response.setEncoding("utf8");
      const line = new LineParts();
      for await (const chunk of response) {
        const [first = "", ...others] = String(chunk).split("\n");
        line.add(first);
        for (const other of others) {
          const text = line.take();
          if (text !== "") yield JSON.parse(text) as unknown;
          line.add(other);
        }
      }
    } catch (error) {
      if (error instanceof KubeError) throw error;
      throw new KubeError(`${what(request)} broke: ${reasonOf(error)}`, { cause: error });
    } finally {
      ended.abort();
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Asks once more where the server has closed a connection that was kept, at the moment in which it was used. */
  #send(request: KubeRequest, isRetry = false): Promise<IncomingMessage> {
    const { method, path, body, contentType, signal } = request;
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        // Where one kept connection does not answer, the others are no better.
        this.#closeIdle();
        reject(new KubeError(`${what({ method, path })} failed: ${reasonOf(error)}`, { cause: error }));
      };
      try {
        const token = this.#access.token();
        const sent = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
        const outgoing = httpsRequest(new URL(path, this.#access.server), {
          method,
          agent: this.#agent,
          headers: {
            Accept: "application/json",
            "User-Agent": "process-logging",
            ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
            ...(sent && {
              "Content-Type": contentType ?? "application/json",
              "Content-Length": sent.length,
            }),
          },
          ...(signal && { signal }),
        });
        outgoing.once("response", resolve);
        outgoing.on("error", (error: NodeJS.ErrnoException) => {
          if (error.code === "ECONNRESET" && outgoing.reusedSocket && !isRetry) {
            this.#send(request, true).then(resolve, reject);
          } else fail(error);
        });
        outgoing.end(sent);
      } catch (error) {
        fail(error);
      }
    });
  }

  #closeIdle(): void {
    for (const sockets of Object.values(this.#agent.freeSockets)) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  }

  /** The body of a good answer. */
  async #read(response: IncomingMessage, request: KubeRequest): Promise<string> {
    const { statusCode: status = 0 } = response;
    const chunks: Buffer[] = [];
    let bytes = 0;
    let tooLong = false;
    try {
      for await (const chunk of response) {
        chunks.push(chunk as Buffer);
        bytes += (chunk as Buffer).length;
        tooLong = bytes > MAX_ANSWER_BYTES;
        if (tooLong) throw new Error("the answer is too long");
      }
    } catch (cause) {
      throw new KubeError(`${what(request)} failed: ${reasonOf(cause)}`, { cause, tooLong });
    }
    const text = Buffer.concat(chunks).toString("utf8");
    if (status >= 200 && status < 300) return text;
    const retryAfter = Number(response.headers["retry-after"]);
    throw new KubeError(`${what(request)} was answered ${String(status)}: ${messageOf(text)}`, {
      status,
      retryAfterMs: retryAfter > 0 ? retryAfter * 1000 : undefined,
    });
  }
}

/** A line that comes in parts, of which each is looked at once: a long one comes in hundreds. */
class LineParts {
  #parts: string[] = [];
  #length = 0;

  add(part: string): void {
    this.#length += part.length;
    if (this.#length > MAX_WATCH_LINE) throw new Error("a line is too long");
    this.#parts.push(part);
  }

  take(): string {
    const text = this.#parts.join("");
    this.#parts = [];
    this.#length = 0;
    return text;
  }
}

/** Without the query, which may be long. */
function what({ method, path }: Pick<KubeRequest, "method" | "path">): string {
  return `${method} ${path.split("?")[0] ?? ""}`;
}

/** What a `Status` says, in one line. */
function messageOf(text: string): string {
  let message = text;
  try {
    const status = JSON.parse(text) as { readonly message?: unknown } | null;
    if (typeof status?.message === "string") message = status.message;
  } catch {
    // A proxy on the way may answer with anything.
  }
  return message.replaceAll(/\s+/g, " ").trim().slice(0, 300);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
