import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";

import { MAX_CLIENT_MESSAGE_BYTES, STREAM_SUBPROTOCOL } from "../../protocol/stream.ts";
import type { StreamHub } from "../stream/streamHub.ts";
import type { StreamObserver } from "../stream/streamObserver.ts";
import type { ApiCounts } from "./apiCounts.ts";
import type { Admission } from "./gate.ts";
import { MessageBudget } from "./messageBudget.ts";
import { SocketTransport } from "./socketTransport.ts";
import { CLOSURES, type StreamClosure } from "./streamClosure.ts";

/** How long a stream that is to end may take to say so itself. */
const CLOSE_DEADLINE_MS = 1_000;
const POLICY_VIOLATION = 1008;
/** Behind more bytes than this a pong would come too late anyway. */
const MAX_BEFORE_PONG = 65_536;

/** Looks for readers that are gone without a word. */
export interface Liveness {
  readonly pingMs: number;
  /** Pings in a row without any sign of life; a reader that pauses its socket answers none of them. */
  readonly patience: number;
}

const defaultLiveness: Liveness = { pingMs: 30_000, patience: 5 };

/** What the endpoint needs. */
export interface StreamEndpointOptions {
  readonly hub: Pick<StreamHub, "connect">;
  readonly counts: ApiCounts;
  readonly liveness?: Liveness;
}

/** A handshake that may be answered. */
export interface Opening {
  readonly socket: Socket;
  readonly head: Buffer;
  /** A message that is taken as if the reader had sent it. */
  readonly first: string | undefined;
  readonly admission: Pick<Admission, "sight" | "follow">;
  readonly observer: StreamObserver;
}

interface Stream {
  readonly socket: WebSocket;
  readonly connection: Connection;
  unanswered: number;
  takenBytes: number;
}

/** The connection below a WebSocket. */
type Connection = Pick<Socket, "bytesWritten" | "writableLength">;

/** The WebSockets of the stream's readers: each is one client of the hub, and nothing of one reaches another. */
export class StreamEndpoint {
  readonly #hub: Pick<StreamHub, "connect">;
  readonly #counts: ApiCounts;
  readonly #liveness: Liveness;
  readonly #streams = new Set<Stream>();
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_CLIENT_MESSAGE_BYTES,
    perMessageDeflate: false,
    clientTracking: false,
    // Its own answers would wait without a bound for a client that sends pings and reads nothing.
    autoPong: false,
    handleProtocols: () => STREAM_SUBPROTOCOL,
  });
  readonly #timer: NodeJS.Timeout;

  constructor({ hub, counts, liveness = defaultLiveness }: StreamEndpointOptions) {
    this.#hub = hub;
    this.#counts = counts;
    this.#liveness = liveness;
    this.#timer = setInterval(this.#ping, liveness.pingMs).unref();
  }

  /** Streams that are open. */
  get size(): number {
    return this.#streams.size;
  }

  /**
   * Answers a handshake. `ended` hears the close code. A handshake that is no such thing gets a plain refusal of the
   * WebSocket package.
   */
  open(
    request: IncomingMessage,
    opening: Opening,
    told: { readonly opened: () => void; readonly ended: (code: number) => void },
  ): void {
    this.#server.handleUpgrade(request, opening.socket, opening.head, (opened) => {
      this.#attach(opened, opening, told.ended);
      told.opened();
    });
  }

  /** Ends all streams and resolves when they have ended, or are cut off. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    const ended = [...this.#streams].map(({ socket }) => {
      return new Promise((resolve) => socket.once("close", resolve));
    });
    for (const { socket } of this.#streams) end(socket, CLOSURES.stopping);
    const cut = setTimeout(() => {
      for (const { socket } of this.#streams) socket.terminate();
    }, CLOSE_DEADLINE_MS);
    await Promise.all(ended);
    clearTimeout(cut);
    this.#server.close();
  }

  #attach(
    socket: WebSocket,
    { socket: connection, first, admission, observer }: Opening,
    ended: (code: number) => void,
  ): void {
    const stream: Stream = { socket, connection, unanswered: 0, takenBytes: 0 };
    const budget = new MessageBudget(() => performance.now());
    const transport = new SocketTransport(socket, () => {
      client.drained();
    });
    const client = this.#hub.connect(transport, admission.sight, observer);
    this.#streams.add(stream);
    let closedByUs: number | undefined;
    const refuse = (closure: StreamClosure): void => {
      closedByUs = closure.code;
      client.closed();
      end(socket, closure);
    };
    const unfollow = admission.follow({
      changed: () => {
        client.sightChanged();
      },
      revoked: refuse,
    });
    socket.on("message", (data, isBinary) => {
      stream.unanswered = 0;
      if (!isOpen(socket)) return;
      if (isBinary || !Buffer.isBuffer(data)) refuse(CLOSURES.binary);
      else if (!budget.take()) refuse(CLOSURES.tooManyMessages);
      else client.receive(data.toString("utf8"));
      // The hub may have closed it.
      if (!isOpen(socket)) closedByUs ??= POLICY_VIOLATION;
    });
    socket.on("pong", () => (stream.unanswered = 0));
    socket.on("ping", (data) => {
      stream.unanswered = 0;
      if (!isOpen(socket)) return;
      if (!budget.take()) refuse(CLOSURES.tooManyMessages);
      else if (socket.bufferedAmount < MAX_BEFORE_PONG) socket.pong(data);
    });
    socket.on("error", (error) => {
      closedByUs ??= closureOf(error).code;
    });
    socket.once("close", (code) => {
      this.#streams.delete(stream);
      unfollow();
      client.closed();
      const ending = closedByUs ?? code;
      this.#counts.close(ending);
      ended(ending);
    });
    if (first !== undefined) client.receive(first);
  }

  readonly #ping = (): void => {
    for (const stream of this.#streams) {
      const { socket, connection } = stream;
      const takenBytes = connection.bytesWritten - connection.writableLength;
      if (takenBytes > stream.takenBytes) stream.unanswered = 0;
      stream.takenBytes = takenBytes;
      if (stream.unanswered >= this.#liveness.patience) {
        socket.terminate();
        continue;
      }
      stream.unanswered++;
      // Behind megabytes that wait, a ping would only add to them.
      if (!isOpen(socket) || socket.bufferedAmount > 0) continue;
      socket.ping();
      // The kernel takes the ping itself also for a reader that is gone.
      stream.takenBytes = connection.bytesWritten;
    }
  };
}

function isOpen(socket: WebSocket): boolean {
  return socket.readyState === socket.OPEN;
}

function end(socket: WebSocket, { code, reason }: StreamClosure): void {
  socket.close(code, reason);
}

/** The package has sent this code already; other errors are of the connection. */
function closureOf(error: Error): { readonly code: number } {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") return CLOSURES.tooLong;
  if (code === "WS_ERR_INVALID_UTF8") return CLOSURES.notUtf8;
  return code?.startsWith("WS_ERR_") === true ? CLOSURES.protocol : { code: 1006 };
}
