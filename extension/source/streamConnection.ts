import { splitFrame } from "../../protocol/serverFrame.ts";
import {
  type ClientMessage,
  type HeadMessage,
  type HelloMessage,
  type NodeMessage,
  STREAM_PROTOCOL,
  type WorkspacesMessage,
} from "../../protocol/stream.ts";
import { ConnectionError, toConnectionError } from "./connectionError.ts";
import type { StreamSocket } from "./streamSocket.ts";
import type { StreamFrame, StreamLink } from "./streamSubscription.ts";

/** What a connection's messages mean, told in the order in which they came. */
export interface StreamConnectionEvents {
  /** First of all, and only once. */
  hello(message: HelloMessage): void;
  node(message: NodeMessage): void;
  workspaces(message: WorkspacesMessage): void;
  head(message: HeadMessage): void;
  /** Processes alive that a snapshot does not tell. */
  omitted(count: number): void;
  /** A frame for the subscription that was asked for last. */
  frame(frame: StreamFrame): void;
}

/** Speaks the stream's protocol on one open socket, until that has ended. */
export class StreamConnection implements StreamLink {
  readonly #socket: StreamSocket;
  readonly #events: StreamConnectionEvents;
  #hello: HelloMessage | undefined;
  /** Requests without their `subscribed`: a frame that comes before it belongs to an earlier request. */
  #unanswered = 0;

  constructor(socket: StreamSocket, events: StreamConnectionEvents) {
    this.#socket = socket;
    this.#events = events;
  }

  get run(): string {
    return this.#hello?.node.run ?? "";
  }

  send(message: ClientMessage): void {
    if (message.type === "subscribe") this.#unanswered++;
    this.#socket.send(JSON.stringify(message));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.close();
  }

  /** Throws a `ConnectionError` when the service does not speak this protocol; the connection is then of no more use. */
  receive(text: Uint8Array): void {
    const { header, lines } = parseFrame(text);
    if (header.type === "hello") {
      this.#greet(header);
      return;
    }
    if (this.#hello === undefined) throw misunderstood(`it began with ${header.type} instead of hello`);
    switch (header.type) {
      case "node":
        this.#events.node(header);
        return;
      case "workspaces":
        this.#events.workspaces(header);
        return;
      case "head":
        this.#events.head(header);
        return;
      case "subscribed":
        if (this.#unanswered > 0) this.#unanswered--;
        return;
      case "snapshot":
      case "events":
      case "gap":
        if (this.#unanswered > 0) return;
        if (header.type === "snapshot" && header.omitted > 0) this.#events.omitted(header.omitted);
        this.#events.frame({ header, lines });
        return;
    }
  }

  #greet(hello: HelloMessage): void {
    if (this.#hello !== undefined) throw misunderstood("it said hello twice");
    if (hello.protocol !== STREAM_PROTOCOL) {
      const versions = `version ${String(hello.protocol)} of the stream, and this extension version ${String(STREAM_PROTOCOL)}`;
      throw new ConnectionError(`the tracer service speaks ${versions}: update the older one`, true);
    }
    this.#hello = hello;
    this.#events.hello(hello);
  }
}

function parseFrame(text: Uint8Array): ReturnType<typeof splitFrame> {
  try {
    return splitFrame(text);
  } catch (error) {
    throw misunderstood(toConnectionError(error).message);
  }
}

function misunderstood(why: string): ConnectionError {
  return new ConnectionError(
    `what answers is no tracer service that this extension understands: ${why}`,
    false,
  );
}
