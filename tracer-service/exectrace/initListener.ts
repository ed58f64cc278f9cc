import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { finished, type Duplex } from "node:stream";
import { getSystemErrorMessage } from "node:util";
import { initUrl, type InitAddress } from "./initAddress.ts";
import { readInitBody } from "./initBody.ts";
import { headProblem, parseInitBody, requestLineProblem } from "./initRequest.ts";

/** What becomes of a namespace that a request names. `failed`: it may be sent again. Reasons are one line. */
export type InitVerdict =
  | { readonly type: "accepted" }
  | { readonly type: "refused"; readonly reason: string }
  | { readonly type: "failed"; readonly reason: string };

/** Who decides on what arrives. */
export interface InitReceiver {
  /** Decides on a namespace, one at a time; what it accepts is logged by the time it says so. Never rejects. */
  submit(inode: number): Promise<InitVerdict>;
  /** A request named no namespace; why, in one line. */
  refused(reason: string): void;
}

/** Waits for one PID namespace. */
export interface InitListener {
  /** Where it listens. */
  readonly url: string;
  /** Resolves when nothing listens any more and no connection is open. */
  readonly closed: Promise<void>;
  /** Stops listening and cuts all connections. */
  close(): Promise<void>;
}

/** How long a client may take, in milliseconds. */
export interface InitLimits {
  readonly headersMs: number;
  /** The whole request. */
  readonly requestMs: number;
  /** How often the two are looked at. */
  readonly checkMs: number;
}

const defaultLimits: InitLimits = { headersMs: 3_000, requestMs: 5_000, checkMs: 500 };
const maxConnections = 16;
const maxHeaderBytes = 4_096;

/**
 * Listens on a loopback address for `POST /` with the inode number of a PID namespace. The first request whose namespace
 * the receiver accepts is answered with 204, then nothing listens any more and all connections are closed. All else
 * is answered with 400 and the reason, or 503 where the receiver failed, and the wait goes on.
 * Rejects with one line if it can't listen at this address.
 */
export async function openInitListener(
  address: InitAddress,
  receiver: InitReceiver,
  limits: InitLimits = defaultLimits,
): Promise<InitListener> {
  const listener = new HttpInitListener(receiver, limits);
  await listener.listen(address);
  return listener;
}

class HttpInitListener implements InitListener {
  readonly closed: Promise<void>;
  readonly #receiver: InitReceiver;
  readonly #server: Server;
  #url = "";
  #turn: Promise<unknown> = Promise.resolve();

  constructor(receiver: InitReceiver, limits: InitLimits) {
    this.#receiver = receiver;
    this.#server = createServer({
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: limits.checkMs,
      maxHeaderSize: maxHeaderBytes,
    });
    this.#server.maxConnections = maxConnections;
    this.#server.maxRequestsPerSocket = 1;
    this.#server.on("request", (request, response) => {
      void this.#receive(request, response, () => undefined);
    });
    this.#server.on("checkContinue", (request, response) => {
      void this.#receive(request, response, () => {
        response.writeContinue();
      });
    });
    this.#server.on("checkExpectation", (_request, response) => {
      this.#refuse("expected no Expect header but 100-continue", response);
    });
    this.#server.on("connect", (_request, socket) => {
      this.#refuseRaw(requestLineProblem, socket);
    });
    this.#server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
      const problem = clientProblem(error.code);
      if (problem !== undefined && socket.writable) this.#refuseRaw(problem, socket);
      else socket.destroy();
    });
    this.closed = new Promise((resolve) => this.#server.once("close", resolve));
  }

  get url(): string {
    return this.#url;
  }

  listen(address: InitAddress): Promise<void> {
    const { host, port } = address;
    return new Promise((resolve, reject) => {
      const fail = (cause: NodeJS.ErrnoException): void => {
        const remedy = "choose another address with --init-address, here and in the workspace's container";
        reject(
          new Error(`could not listen on ${initUrl(address)}: ${messageOf(cause)}: ${remedy}`, { cause }),
        );
      };
      this.#server.once("error", fail);
      this.#server.listen({ host, port, exclusive: true }, () => {
        this.#url = initUrl({ host, port: (this.#server.address() as AddressInfo).port });
        this.#server.off("error", fail);
        this.#server.on("error", (error: NodeJS.ErrnoException) => {
          this.#receiver.refused(`a connection could not be accepted: ${messageOf(error)}`);
        });
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await this.closed;
  }

  async #receive(request: IncomingMessage, response: ServerResponse, askForBody: () => void): Promise<void> {
    const { method, url: target, headersDistinct: headers } = request;
    const problem = headProblem({ method, target, headers });
    if (problem !== undefined) {
      this.#refuse(problem, response);
      return;
    }
    askForBody();
    const body = await readInitBody(request);
    if (body === undefined) return;
    const namespace = parseInitBody(body);
    if (namespace.type === "invalid") {
      this.#refuse(namespace.reason, response);
      return;
    }
    this.#answer(await this.#decide(namespace.inode), response);
  }

  #decide(inode: number): Promise<InitVerdict> {
    const verdict = this.#turn.then(async (): Promise<InitVerdict> => {
      // Whoever came second must not be followed too: nobody would be there to be told.
      if (!this.#server.listening) return { type: "refused", reason: "another namespace was accepted" };
      const decided = await this.#receiver.submit(inode);
      if (decided.type === "accepted") this.#server.close();
      return decided;
    });
    this.#turn = verdict;
    return verdict;
  }

  #answer(verdict: InitVerdict, response: ServerResponse): void {
    switch (verdict.type) {
      case "accepted":
        // Once the answer is with the kernel, or its client is gone.
        finished(response, () => {
          this.#server.closeAllConnections();
        });
        end(response, 204);
        return;
      case "refused":
        end(response, 400, verdict.reason);
        return;
      case "failed":
        end(response, 503, verdict.reason);
        return;
    }
  }

  #refuse(reason: string, response: ServerResponse): void {
    this.#receiver.refused(reason);
    end(response, 400, reason);
  }

  /** Refuses what has no response object: an answer in plain bytes. */
  #refuseRaw(reason: string, socket: Duplex): void {
    this.#receiver.refused(reason);
    const head =
      "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n";
    // A connection that breaks meanwhile is no error of the service.
    socket.once("error", () => undefined);
    socket.end(`${head}${reason}\n`, () => {
      socket.destroy();
    });
  }
}

function end(response: ServerResponse, status: number, reason?: string): void {
  response.statusCode = status;
  response.shouldKeepAlive = false;
  if (reason === undefined) {
    response.end();
    return;
  }
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.end(`${reason}\n`);
}

function messageOf(error: NodeJS.ErrnoException): string {
  return error.errno === undefined ? error.message : getSystemErrorMessage(error.errno);
}

/** What was wrong with bytes that are no whole request; undefined if the connection broke. */
function clientProblem(code: string | undefined): string | undefined {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "expected the whole request within a few seconds";
  if (code === "HPE_HEADER_OVERFLOW") return `expected headers of at most ${String(maxHeaderBytes)} bytes`;
  return code?.startsWith("HPE_") === true ? "expected an HTTP/1.1 request" : undefined;
}
