import type { RequestOptions } from "node:https";
import { Duplex } from "node:stream";
import { WebSocket } from "ws";
import { ApiError, refusal } from "./apiError.ts";
import { apiPath, type PodAddress } from "./apiServer.ts";

/** The kubelet's own framing: the first byte of a message is its channel, 0 for data and 1 for errors. */
const SUBPROTOCOL = "v4.channel.k8s.io";
const DATA = 0;
/** The first message of each channel holds the number of the port. */
const PORT_BYTES = 2;

const HANDSHAKE_TIMEOUT_MS = 10_000;
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
const MAX_REFUSAL = 4_096;

/** Proxies and load balancers end what is silent: the other end answers each of these. */
const PING_MS = 30_000;

/**
 * Opens a connection to a port of a pod, forwarded by the API server and the kubelet over a WebSocket. Back-pressure
 * goes all the way: while nobody reads, nothing is taken from the network. Rejects with an `ApiError`.
 */
export function openPodTunnel(server: string, options: RequestOptions, address: PodAddress): Promise<Duplex> {
  const { namespace, pod, port } = address;
  const url = new URL(server);
  url.protocol = url.protocol === "http:" ? "ws:" : "wss:";
  url.pathname =
    url.pathname.replace(/\/$/, "") +
    apiPath("api", "v1", "namespaces", namespace, "pods", pod, "portforward");
  url.searchParams.set("ports", String(port));
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, SUBPROTOCOL, {
      ...(options as object),
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE_BYTES,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      // The admin's credentials go to the API server and nowhere else.
      followRedirects: false,
    });
    socket.on("unexpected-response", (request, response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        if (body.length < MAX_REFUSAL) body += chunk;
      });
      response.on("close", () => {
        request.destroy();
        reject(refusal(response.statusCode ?? 0, body));
      });
      response.on("error", () => undefined);
    });
    socket.on("error", reject);
    socket.on("open", () => {
      socket.off("error", reject);
      resolve(new PodTunnel(socket, address));
    });
  });
}

/** The forwarded connection as a stream of bytes. */
class PodTunnel extends Duplex {
  readonly #socket: WebSocket;
  readonly #address: PodAddress;
  readonly #started = new Set<number>();
  readonly #pings: NodeJS.Timeout;
  #errorText = "";

  constructor(socket: WebSocket, address: PodAddress) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#address = address;
    // It may end while nobody listens: before who asked for it has taken it over, or after they let it go.
    this.on("error", () => undefined);
    socket.on("message", (data, isBinary) => {
      if (isBinary && Buffer.isBuffer(data)) this.#receive(data);
    });
    socket.on("error", (error) => this.destroy(error));
    socket.on("close", () => {
      this.#ended();
    });
    this.#pings = setInterval(() => {
      socket.ping();
    }, PING_MS);
    this.#pings.unref();
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const message = Buffer.allocUnsafe(chunk.length + 1);
    message[0] = DATA;
    chunk.copy(message, 1);
    this.#socket.send(message, (error) => {
      // What the other end says while it closes tells more than that nothing can be sent any more.
      if (error && this.#socket.readyState === WebSocket.CLOSING)
        this.#socket.once("close", () => {
          done(error);
        });
      else done(error);
    });
  }

  override _final(done: () => void): void {
    // This framing can't close one direction alone.
    this.#socket.close();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearInterval(this.#pings);
    // A paused one would not see the other end's answer to a close.
    this.#socket.terminate();
    done(error);
  }

  #receive(message: Buffer): void {
    const channel = message[0];
    if (channel === undefined) return;
    let payload = message.subarray(1);
    if (!this.#started.has(channel)) {
      this.#started.add(channel);
      payload = payload.subarray(PORT_BYTES);
    }
    if (payload.length === 0) return;
    if (channel !== DATA) {
      this.#errorText = (this.#errorText + payload.toString("utf8")).slice(0, MAX_REFUSAL);
    } else if (!this.push(payload)) {
      this.#socket.pause();
    }
  }

  #ended(): void {
    if (this.#errorText === "") {
      this.push(null);
      this.end();
      return;
    }
    const { pod, port } = this.#address;
    const why = this.#errorText.replaceAll(/\s+/g, " ").slice(0, 300);
    this.destroy(new ApiError((t) => t("nothing answers on port {0} of pod {1}: {2}", port, pod, why), 0));
  }
}
