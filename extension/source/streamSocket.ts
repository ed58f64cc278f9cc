import type { ConnectionError } from "./connectionError.ts";

/** A connection to a tracer's stream that is open. */
export interface StreamSocket {
  /** When another one is to take its place, since its token ends soon after; ms since 1970. */
  readonly renewMs?: number;
  send(text: string): void;
  /** Reads no more, so that the service notices that this reader is slow; messages read already may still come. */
  pause(): void;
  resume(): void;
  /** No handler is called after it. */
  close(): void;
}

/** What a connection tells. */
export interface StreamSocketHandlers {
  /** UTF-8; valid only until it returns. */
  message(text: Uint8Array): void;
  /** Once, when the connection has ended by itself; nothing comes after it. */
  closed(error: ConnectionError): void;
}

/** Opens a connection. Rejects with a `ConnectionError`; handlers are called only after it has resolved. */
export type OpenStreamSocket = (handlers: StreamSocketHandlers) => Promise<StreamSocket>;
