import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { WebSocketServer, type WebSocket } from "ws";

import { ROOT } from "../../scripts/prepare.mjs";
import type { HostMessage } from "../../protocol/webviewMessages.ts";
import { hostHtml, viewHtml } from "./viewPages.ts";

const TYPES: Readonly<Record<string, string>> = {
  "main.js": "text/javascript",
  "main.css": "text/css",
  "codicon.ttf": "font/ttf",
};

/** Serves the built webview on loopback, and speaks to the page that holds it. */
export class ViewServer {
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly #received: (message: unknown) => void;
  #socket: WebSocket | undefined;

  private constructor(server: Server, received: (message: unknown) => void) {
    this.#server = server;
    this.#received = received;
    this.#sockets = new WebSocketServer({ server });
    this.#sockets.on("connection", (socket) => {
      this.#socket = socket;
      socket.on("message", (data: Buffer) => {
        this.#received(JSON.parse(data.toString()));
      });
    });
    server.on("request", (request, response) => {
      const name = (request.url ?? "/").slice(1);
      const type = TYPES[name];
      if (type !== undefined)
        response.setHeader("content-type", type).end(readFileSync(join(ROOT, "dist/webview", name)));
      else if (name === "" || name === "view")
        response.setHeader("content-type", "text/html").end(this.#html(name));
      else response.writeHead(name === "favicon.ico" ? 204 : 404).end();
    });
  }

  /** Listens on a free port; `received` gets what the view says. */
  static async start(received: (message: unknown) => void): Promise<ViewServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new ViewServer(server, received);
  }

  get address(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  /** To the view, bytes as they are; throws before its page is there. */
  post(message: HostMessage): void {
    if (this.#socket === undefined) throw new Error("the benchmark's page is not open");
    if (message.type === "events") {
      const { lines, ...rest } = message;
      this.#socket.send(JSON.stringify(rest));
      this.#socket.send(lines);
    } else this.#socket.send(JSON.stringify(message));
  }

  /** Bytes that wait on their way to the page. */
  get waitingBytes(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  close(): void {
    this.#socket?.terminate();
    this.#sockets.close();
    this.#server.close();
  }

  get #port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the benchmark's server has ended");
    return address.port;
  }

  #html(name: string): string {
    const view = `http://127.0.0.1:${this.#port}`;
    return name === "view" ? viewHtml(view) : hostHtml(`${view}/view`, `ws://127.0.0.1:${this.#port}`);
  }
}
