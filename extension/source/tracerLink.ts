import type { Clock } from "../clock.ts";
import { ConnectionError, toConnectionError } from "./connectionError.ts";
import { StreamConnection, type StreamConnectionEvents } from "./streamConnection.ts";
import type { OpenStreamSocket, StreamSocket } from "./streamSocket.ts";

/** A service that accepts a connection and then says nothing is given up after this time. */
const HELLO_TIMEOUT_MS = 10_000;

/** What a link tells; nothing after `failed`. */
export interface TracerLinkEvents extends StreamConnectionEvents {
  /** It could not be opened, or has ended by itself. */
  failed(error: ConnectionError): void;
}

/** One try to reach a tracer, and the connection that comes of it. After `close` nothing of it is heard. */
export class TracerLink {
  readonly #clock: Clock;
  readonly #events: TracerLinkEvents;
  #socket: StreamSocket | undefined;
  #connection: StreamConnection | undefined;
  #cancelHelloTimer: (() => void) | undefined;
  #ended = false;

  constructor(open: OpenStreamSocket, clock: Clock, events: TracerLinkEvents) {
    this.#clock = clock;
    this.#events = events;
    open({
      message: (text) => {
        this.#receive(text);
      },
      closed: (error) => {
        this.#fail(error);
      },
    }).then(
      (socket) => {
        this.#opened(socket);
      },
      (error: unknown) => {
        this.#fail(toConnectionError(error));
      },
    );
  }

  /** Set once it is open. */
  get connection(): StreamConnection | undefined {
    return this.#connection;
  }

  /** As that of its socket. */
  get renewMs(): number | undefined {
    return this.#socket?.renewMs;
  }

  close(): void {
    this.#ended = true;
    this.#cancelHelloTimer?.();
    this.#socket?.close();
  }

  #opened(socket: StreamSocket): void {
    this.#socket = socket;
    if (this.#ended) {
      socket.close();
      return;
    }
    this.#connection = new StreamConnection(socket, {
      ...this.#events,
      hello: (message) => {
        this.#cancelHelloTimer?.();
        this.#events.hello(message);
      },
    });
    this.#cancelHelloTimer = this.#clock.after(HELLO_TIMEOUT_MS, () => {
      this.#fail(
        new ConnectionError((t) => t("what answers says nothing: it may be no tracer service"), false),
      );
    });
  }

  #receive(text: Uint8Array): void {
    if (this.#ended) return;
    try {
      this.#connection?.receive(text);
    } catch (error) {
      this.#fail(toConnectionError(error));
    }
  }

  #fail(error: ConnectionError): void {
    if (this.#ended) return;
    this.close();
    this.#events.failed(error);
  }
}
