import { ConnectionError } from "../../../../extension/source/connectionError.ts";
import type {
  OpenStreamSocket,
  StreamSocket,
  StreamSocketHandlers,
} from "../../../../extension/source/streamSocket.ts";

/** The tracer's end of one connection in memory. */
export class FakeConnection implements StreamSocket {
  readonly sent: unknown[] = [];
  paused = false;
  closed = false;
  readonly renewMs?: number;
  readonly #handlers: StreamSocketHandlers;

  constructor(handlers: StreamSocketHandlers, renewMs: number | undefined) {
    this.#handlers = handlers;
    if (renewMs !== undefined) this.renewMs = renewMs;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  close(): void {
    this.closed = true;
  }

  say(...frames: readonly string[]): void {
    for (const each of frames) this.#handlers.message(Buffer.from(each));
  }

  lose(why = "the connection was lost", final = false): void {
    this.#handlers.closed(new ConnectionError(() => why, final));
  }
}

/** Connections as a tracer would take them, in memory. */
export class FakeTracer {
  readonly connections: FakeConnection[] = [];
  /** While set, connections are refused with it. */
  refusal: ConnectionError | undefined;
  /** When the next ones are to be replaced. */
  renewMs: number | undefined;

  readonly open: OpenStreamSocket = (handlers) => {
    if (this.refusal !== undefined) return Promise.reject(this.refusal);
    const connection = new FakeConnection(handlers, this.renewMs);
    this.connections.push(connection);
    return Promise.resolve(connection);
  };

  /** The latest one. */
  get last(): FakeConnection {
    const last = this.connections.at(-1);
    if (last === undefined) throw new Error("nobody has connected");
    return last;
  }
}

/** Lets what was promised happen. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}
