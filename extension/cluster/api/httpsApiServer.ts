import { type IncomingMessage, type OutgoingHttpHeaders, request as requestHttp } from "node:http";
import { request as requestHttps, type RequestOptions } from "node:https";
import { pipeline, type Duplex, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { ApiError, refusal, toApiError } from "./apiError.ts";
import type { ApiRequest, ApiServer, PodAddress } from "./apiServer.ts";
import type { ClusterAccess } from "../kubeconfig/kubeconfigContexts.ts";
import { ShownError } from "../../../protocol/text/shownError.ts";
import { countText } from "../../text/numbers.ts";

/** Longest answer that is read whole; long lists are not. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** A long list comes in fewer, larger parts than by default. */
const UNZIP_CHUNK_BYTES = 256 * 1024;

/** Of an error's text. */
const MAX_REFUSAL_BYTES = 65_536;

/** An answer of which nothing comes for so long is given up. */
const SILENCE_MS = 30_000;

/** Speaks with the API server by HTTPS, as the kubeconfig says. */
export class HttpsApiServer implements ApiServer {
  readonly #access: ClusterAccess;

  constructor(access: ClusterAccess) {
    this.#access = access;
  }

  async call(request: ApiRequest): Promise<unknown> {
    try {
      const text = await readAll(await this.download(request), MAX_ANSWER_BYTES);
      return text === "" ? undefined : (JSON.parse(text) as unknown);
    } catch (error) {
      throw toApiError(error, this.#access.server);
    }
  }

  async download(request: ApiRequest): Promise<Readable> {
    try {
      const response = await this.#request(request, SILENCE_MS);
      response.setTimeout(SILENCE_MS, () => {
        response.destroy(new ShownError((t) => t("it has stopped in the middle of its answer")));
      });
      return uncompressed(response);
    } catch (error) {
      throw toApiError(error, this.#access.server);
    }
  }

  async stream(request: ApiRequest): Promise<Readable> {
    try {
      return uncompressed(await this.#request(request, undefined));
    } catch (error) {
      throw toApiError(error, this.#access.server);
    }
  }

  async tunnel(pod: PodAddress): Promise<Duplex> {
    // Nobody who reads no tracer pays for loading it.
    const { openPodTunnel } = await import("./podTunnel.ts");
    try {
      return await openPodTunnel(this.#access.server, await this.#access.options(), pod);
    } catch (error) {
      throw toApiError(error, this.#access.server);
    }
  }

  async #request(request: ApiRequest, silenceMs: number | undefined): Promise<IncomingMessage> {
    const url = new URL(this.#access.server);
    url.pathname = url.pathname.replace(/\/$/, "") + request.path;
    for (const [key, value] of Object.entries(request.query ?? {})) url.searchParams.set(key, value);
    const options = await this.#access.options();
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const response = await send(url, body, silenceMs, {
      ...options,
      method: request.method ?? "GET",
      headers: {
        ...(options.headers as OutgoingHttpHeaders | undefined),
        accept: request.accept ?? "application/json",
        "accept-encoding": "gzip",
        "user-agent": "workspace-process-logging",
        ...(body === undefined ? {} : { "content-type": request.contentType ?? "application/json" }),
      },
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    throw refusal(status, await readAll(uncompressed(response), MAX_REFUSAL_BYTES).catch(() => ""));
  }
}

/** The log of a silent container has not even a beginning: without `silenceMs` only a dead connection is given up. */
function send(
  url: URL,
  body: string | undefined,
  silenceMs: number | undefined,
  options: RequestOptions,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "http:" ? requestHttp : requestHttps)(url, options, resolve);
    if (silenceMs === undefined) {
      request.setSocketKeepAlive(true, SILENCE_MS);
    } else {
      request.setTimeout(silenceMs, () => {
        request.destroy(new ShownError((t) => t("it does not answer in time")));
      });
    }
    request.on("error", reject);
    request.end(body);
  });
}

function uncompressed(response: IncomingMessage): Readable {
  if (response.headers["content-encoding"] !== "gzip") return response;
  // What goes wrong in either is thrown to who reads the result.
  return pipeline(response, createGunzip({ chunkSize: UNZIP_CHUNK_BYTES }), () => undefined);
}

async function readAll(source: Readable, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      throw new ApiError((t) => t("the API server's answer has more than {0} bytes", countText(maxBytes)), 0);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
