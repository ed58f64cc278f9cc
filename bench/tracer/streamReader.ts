import { WebSocket } from "ws";

import { splitFrame } from "../../protocol/serverFrame.ts";
import { STREAM_SUBPROTOCOL } from "../../protocol/stream.ts";

const utf8 = new TextDecoder();

/** What a reader of the service's stream got so far. */
export interface StreamTold {
  execs: number;
  /** Execs that it was told it does not get. */
  missed: number;
}

/** Reads the whole stream of a service on a Unix socket, and calls `onLine` with each event's line and when it came, wall clock, ms. */
export class StreamReader {
  readonly told: StreamTold = { execs: 0, missed: 0 };
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket, onLine: (line: string, timeMs: number) => void) {
    this.#socket = socket;
    socket.on("message", (data: Buffer) => {
      const timeMs = performance.timeOrigin + performance.now();
      const { header, lines } = splitFrame(data);
      if (header.type === "gap") this.told.missed += header.execs ?? 0;
      if (header.type !== "events") return;
      for (const line of utf8.decode(lines).split("\n")) {
        if (!line.includes('"msg":"exec"')) continue;
        this.told.execs++;
        onLine(line, timeMs);
      }
    });
  }

  static async open(
    socketPath: string,
    onLine: (line: string, timeMs: number) => void = () => undefined,
  ): Promise<StreamReader> {
    const socket = new WebSocket(`ws+unix://${socketPath}:/v1/stream`, [STREAM_SUBPROTOCOL]);
    const reader = new StreamReader(socket, onLine);
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    return reader;
  }

  close(): void {
    this.#socket.terminate();
  }
}
