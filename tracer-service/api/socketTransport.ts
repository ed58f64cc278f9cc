import type { WebSocket } from "ws";

import type { ClientTransport } from "../stream/clientTransport.ts";
import { closeReason } from "./streamClosure.ts";

/** The part of a WebSocket that is sent through. */
export type SendingSocket = Pick<WebSocket, "send" | "bufferedAmount" | "close" | "readyState">;

/** Bytes that wait when a reader that was behind counts as one that reads again: less than may wait for one of many. */
const ROOM_BYTES = 131_072;
const OPEN = 1;

/** A WebSocket as the hub's clients see it. `drained` is called when one that was behind has taken most of it. */
export class SocketTransport implements ClientTransport {
  readonly #socket: SendingSocket;
  readonly #drained: () => void;
  #behind = false;

  constructor(socket: SendingSocket, drained: () => void) {
    this.#socket = socket;
    this.#drained = drained;
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(frame: string): void {
    if (this.#socket.readyState !== OPEN) return;
    this.#socket.send(frame, this.#sent);
    if (this.#socket.bufferedAmount > ROOM_BYTES) this.#behind = true;
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, closeReason(reason));
  }

  /** Called with an error when the connection broke, which its owner is told elsewhere. */
  readonly #sent = (error?: Error | null): void => {
    if (error || !this.#behind || this.#socket.bufferedAmount > ROOM_BYTES) return;
    this.#behind = false;
    this.#drained();
  };
}
