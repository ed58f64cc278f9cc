import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type WebSocket, WebSocketServer } from "ws";
import type { ConnectionTarget } from "../../../../extension/source/connectionTarget.ts";

/** What the server does with a connection: takes it, or refuses it with this status. */
type Answer = ((client: WebSocket, request: IncomingMessage) => void) | number;

/** A real WebSocket server on a real Unix socket or loopback port. */
export class SocketServer {
  readonly target: ConnectionTarget;
  readonly requests: IncomingMessage[] = [];
  readonly clients: WebSocket[] = [];
  answer: Answer;
  readonly #http: Server;
  readonly #directory: string;

  private constructor(http: Server, directory: string, target: ConnectionTarget, answer: Answer) {
    this.#http = http;
    this.#directory = directory;
    this.target = target;
    this.answer = answer;
    const webSockets = new WebSocketServer({ noServer: true });
    http.on("upgrade", (request, socket, head) => {
      this.requests.push(request);
      const { answer: act } = this;
      if (typeof act === "number") {
        socket.end(`HTTP/1.1 ${String(act)} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      webSockets.handleUpgrade(request, socket, head, (client) => {
        this.clients.push(client);
        client.on("error", () => undefined);
        act(client, request);
      });
    });
  }

  static async listen(kind: "unix" | "port", answer: Answer): Promise<SocketServer> {
    const directory = await mkdtemp(join(tmpdir(), "tracer-"));
    const http = createServer();
    const socketPath = join(directory, "tracer.sock");
    if (kind === "unix") http.listen(socketPath);
    else http.listen(0, "127.0.0.1");
    await once(http, "listening");
    const address = http.address();
    const target: ConnectionTarget =
      typeof address === "object" && address !== null
        ? { type: "url", url: `http://127.0.0.1:${String(address.port)}/` }
        : { type: "unix", socketPath };
    return new SocketServer(http, directory, target, answer);
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.terminate();
    this.#http.close();
    this.#http.closeAllConnections();
    await rm(this.#directory, { recursive: true });
  }
}
