import { splitFrame } from "../../protocol/serverFrame.ts";
import {
  type ClientMessage,
  type HeadMessage,
  type HelloMessage,
  type NodeMessage,
  STREAM_PROTOCOL,
  type WorkspacesMessage,
} from "../../protocol/stream.ts";
import { ConnectionError } from "./connectionError.ts";
import type { StreamSocket } from "./streamSocket.ts";
import type { StreamFrame, StreamLink } from "./streamSubscription.ts";
import { type Say, whyText } from "../../protocol/text/shownError.ts";

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
    if (this.#hello === undefined)
      throw misunderstood((t) => t("it began with {0} instead of hello", header.type));
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
    if (this.#hello !== undefined) throw misunderstood((t) => t("it said hello twice"));
    if (hello.protocol !== STREAM_PROTOCOL) {
      throw new ConnectionError(
        (t) =>
          t(
            "the tracer service speaks version {0} of the stream, and this extension version {1}: update the older one",
            hello.protocol,
            STREAM_PROTOCOL,
          ),
        true,
      );
    }
    this.#hello = hello;
    this.#events.hello(hello);
  }
}

function parseFrame(text: Uint8Array): ReturnType<typeof splitFrame> {
  try {
    return splitFrame(text);
  } catch (error) {
    throw misunderstood((t) => whyText(error, t));
  }
}

function misunderstood(why: Say): ConnectionError {
  return new ConnectionError(
    (t) => t("what answers is no tracer service that this extension understands: {0}", why(t)),
    false,
  );
}
