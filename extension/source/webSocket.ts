import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type ClientOptions, WebSocket } from "ws";
import { STREAM_SUBPROTOCOL } from "../../protocol/stream.ts";
import { claimedUserHeader } from "./claimedUserHeader.ts";
import { ConnectionError } from "./connectionError.ts";
import type { ConnectionTarget } from "./connectionTarget.ts";
import type { StreamSocket, StreamSocketHandlers } from "./streamSocket.ts";
import { type Translate } from "../../protocol/text/translate.ts";

/** Longest message taken from a service: a snapshot of a busy node is one message. */
const MAX_MESSAGE_BYTES = 128 * 1024 * 1024;

const HANDSHAKE_TIMEOUT_MS = 10_000;

/** A connection on which nothing came for so long is asked for a sign of life, and ended after as long again. */
const LIVENESS_MS = 30_000;

/** What an open connection needs to go through a proxy or a sleeping machine: nothing is sent in a URL. */
export interface WebSocketOptions {
  readonly token: string | undefined;
  /** Who the reader says to be, for the service's access log. */
  readonly claimedUser?: string | undefined;
  /** Carries the connection in the place of a new one; it is destroyed with it. */
  readonly connection?: Duplex;
  readonly livenessMs?: number;
}

/** Opens a service's stream with the package `ws`. Rejects with a `ConnectionError`. */
export function openWebSocket(
  target: ConnectionTarget,
  { token, claimedUser, connection, livenessMs = LIVENESS_MS }: WebSocketOptions,
  handlers: StreamSocketHandlers,
): Promise<StreamSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(streamUrl(target, connection !== undefined), STREAM_SUBPROTOCOL, {
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...claimedUserHeader(claimedUser),
      },
      ...(connection === undefined ? {} : { createConnection: carriedBy(connection) }),
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE_BYTES,
      // A redirect could lead the token elsewhere.
      followRedirects: false,
    });
    let end = (error: ConnectionError): void => {
      reject(error);
    };
    let failure: ConnectionError | undefined;
    let stopLiveness = (): void => undefined;
    const handshake = setTimeout(() => {
      failure ??= new ConnectionError((t) => t("the tracer service does not answer in time"), false);
      socket.terminate();
    }, HANDSHAKE_TIMEOUT_MS);
    handshake.unref();
    socket.on("unexpected-response", (request, response) => {
      clearTimeout(handshake);
      failure = refusal(response);
      response.destroy();
      request.destroy();
      end(failure);
    });
    socket.on("error", (error) => {
      failure ??= new ConnectionError((t) => explain(error, target, t), false, error);
      // While connecting no `close` need follow.
      if (socket.readyState !== WebSocket.OPEN) end(failure);
    });
    socket.on("close", (code, reason) => {
      stopLiveness();
      end(failure ?? new ConnectionError((t) => describeClose(code, reason.toString(), t), false));
    });
    socket.on("close", () => {
      clearTimeout(handshake);
      connection?.destroy();
    });
    socket.on("open", () => {
      clearTimeout(handshake);
      // Nothing may come before the caller has its socket.
      socket.pause();
      let ended = false;
      end = (error) => {
        if (ended) return;
        ended = true;
        handlers.closed(error);
      };
      socket.on("message", (data, isBinary) => {
        if (ended) return;
        if (isBinary || !Buffer.isBuffer(data)) {
          failure = new ConnectionError(
            (t) => t("what answers is no tracer service: it sends binary messages"),
            false,
          );
          socket.terminate();
          return;
        }
        handlers.message(data);
      });
      stopLiveness = watchLiveness(socket, livenessMs, () => {
        failure = new ConnectionError((t) => t("the tracer service gives no sign of life any more"), false);
        socket.terminate();
      });
      resolve({
        send: (text) => {
          // One that is closing tells it by `closed`.
          if (socket.readyState === WebSocket.OPEN) socket.send(text);
        },
        pause: () => {
          socket.pause();
        },
        resume: () => {
          socket.resume();
        },
        close: () => {
          ended = true;
          stopLiveness();
          socket.close(1000);
          // A paused socket would not see the answer to the close.
          socket.resume();
        },
      });
      setImmediate(() => {
        socket.resume();
      });
    });
  });
}

/** Any stream of bytes can carry HTTP; only the types ask for a socket. */
function carriedBy(connection: Duplex): NonNullable<ClientOptions["createConnection"]> {
  return (() => connection) as unknown as NonNullable<ClientOptions["createConnection"]>;
}

function streamUrl(target: ConnectionTarget, isCarried: boolean): string {
  // The service sends nothing before it is asked: the first request carries filter and place.
  const path = "v1/stream?events=none";
  // Editors send what goes to an address through their own proxy settings, past the connection that is given.
  if (isCarried) return `ws+unix:///carried:/${path}`;
  if (target.type === "unix") return `ws+unix://${target.socketPath}:/${path}`;
  return `${target.url.replace(/^http/, "ws")}${path}`;
}

/** A paused connection reads no sign of life, so it is not asked for one. */
function watchLiveness(socket: WebSocket, livenessMs: number, onDead: () => void): () => void {
  let heard = true;
  const hear = (): void => {
    heard = true;
  };
  socket.on("message", hear);
  socket.on("ping", hear);
  socket.on("pong", hear);
  const timer = setInterval(() => {
    if (socket.isPaused) {
      heard = true;
      return;
    }
    if (!heard) {
      onDead();
      return;
    }
    heard = false;
    socket.ping();
  }, livenessMs);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}

function refusal(response: IncomingMessage): ConnectionError {
  switch (response.statusCode) {
    case 401:
      return new ConnectionError(
        (t) => t("the tracer service does not accept the token: connect again with a new one"),
        true,
      );
    case 403:
      return new ConnectionError(
        (t) => t("the tracer service does not let you read: ask who runs it for access"),
        true,
      );
    case 404:
      return new ConnectionError(
        (t) => t("what answers there is no tracer service: check the address"),
        true,
      );
    case 426:
      return new ConnectionError(
        (t) =>
          t(
            "the tracer service does not speak {0}: update the older one of service and extension",
            STREAM_SUBPROTOCOL,
          ),
        true,
      );
    case 503:
      return new ConnectionError((t) => t("the tracer service takes no more readers now"), false);
    case undefined:
    default:
      return new ConnectionError(
        (t) => t("the tracer service answered with status {0}", response.statusCode ?? 0),
        false,
      );
  }
}

function explain(error: Error, target: ConnectionTarget, t: Translate): string {
  const where = target.type === "unix" ? target.socketPath : target.url;
  switch ((error as NodeJS.ErrnoException).code) {
    case "ENOENT":
      return t("no tracer service listens on {0}: is it installed and started?", where);
    case "ECONNREFUSED":
      return t("nobody answers on {0}: the tracer service does not run", where);
    case "EACCES":
      return t("you may not open {0}: your user has to be in the socket's group", where);
    case undefined:
    default:
      return t("could not connect to {0}: {1}", where, error.message);
  }
}

function describeClose(code: number, reason: string, t: Translate): string {
  if (code === 1001) return t("the tracer service has stopped");
  if (code === 1006 || code === 1005) return t("the connection to the tracer service was lost");
  // The reason comes from outside: what is in it must not change the line that it stands in.
  const text = reason.replaceAll(/[^\x20-\x7e]/g, "?");
  const told = text === "" ? String(code) : `${String(code)}: ${text}`;
  return t("the tracer service ended the connection ({0})", told);
}
