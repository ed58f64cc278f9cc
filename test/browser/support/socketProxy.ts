import { once } from "node:events";
import { createConnection, createServer, type Server, type Socket } from "node:net";

/** Passes a Unix socket's connections on to another one, as long as the test wants it to. It starts cut off. */
export class SocketProxy {
  readonly #path: string;
  readonly #target: string;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  constructor(path: string, target: string) {
    this.#path = path;
    this.#target = target;
  }

  /** Ends every connection, and takes the socket away. */
  cut(): void {
    this.#server?.close();
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Takes connections again. */
  async restore(): Promise<void> {
    this.cut();
    const server = createServer((client) => {
      const service = createConnection(this.#target);
      for (const [socket, other] of [
        [client, service],
        [service, client],
      ] as const) {
        this.#sockets.add(socket);
        socket.on("error", () => undefined);
        socket.on("close", () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
    this.#server = server;
    server.listen(this.#path);
    await once(server, "listening");
  }
}
