import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { createServer, request, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { connect } from "node:tls";

import { clusterEntry } from "./serviceAccountAccess.ts";

/** An answer in the API server's place. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * Stands in front of the real API server, passes requests on and, when a test says so, delays them, answers them
 * itself, or breaks connections. It ends TLS, so callers need a token, and its certificate authority in `directory`.
 */
export class FaultyApiServer {
  /** Asked for each request, by its path; undefined passes it on. */
  answer: (path: string) => Answer | undefined = () => undefined;
  delayMs = 0;
  /** Paths of the requests so far. */
  readonly asked: string[] = [];
  readonly #sockets = new Set<Duplex>();
  readonly #server: Server;
  #away = false;

  private constructor(directory: string, api: URL, ca: string) {
    const [key, cert] = makeCertificate(directory);
    this.#server = createServer({ key, cert }, (from, to) => {
      void this.#serve(from, to, api, ca);
    });
    this.#server.on("upgrade", (from: IncomingMessage, near: Duplex, head: Buffer) => {
      this.#carry(from, near, head, { api, ca });
    });
    this.#server.on("connection", (socket) => {
      if (this.#away) socket.destroy();
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  /** Its certificate authority is written to `ca.crt` in the directory. */
  static async start(directory: string): Promise<FaultyApiServer> {
    const { server, "certificate-authority-data": ca = "" } = await clusterEntry();
    const proxy = new FaultyApiServer(directory, new URL(server), Buffer.from(ca, "base64").toString());
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `https://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  /** Breaks every connection, and takes no new one until `restore`. */
  cut(): void {
    this.#away = true;
    this.breakConnections();
  }

  breakConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Without faults from now on. */
  restore(): void {
    this.#away = false;
    this.delayMs = 0;
    this.answer = () => undefined;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(from: IncomingMessage, to: ServerResponse, api: URL, ca: string): Promise<void> {
    const path = from.url ?? "/";
    this.asked.push(path);
    if (this.delayMs > 0) await setTimeout(this.delayMs);
    const answer = this.answer(path);
    if (answer !== undefined) {
      to.writeHead(answer.status, answer.headers);
      to.end(answer.body);
      return;
    }
    const { authorization = "", accept = "*/*", "content-type": type } = from.headers;
    const headers = { authorization, accept, ...(type !== undefined && { "content-type": type }) };
    const far = request(new URL(path, api), { method: from.method, ca, headers });
    far.on("response", (response) => {
      const { "content-type": kind = "application/json" } = response.headers;
      to.writeHead(response.statusCode ?? 502, { "content-type": kind });
      to.flushHeaders();
      response.pipe(to);
      response.on("error", () => to.destroy());
    });
    far.on("error", () => to.destroy());
    to.on("close", () => far.destroy());
    from.pipe(far);
  }

  /** What becomes a WebSocket, such as a port-forward: bytes both ways, the request as it came. */
  #carry(
    from: IncomingMessage,
    near: Duplex,
    head: Buffer,
    { api, ca }: { readonly api: URL; readonly ca: string },
  ): void {
    const path = from.url ?? "/";
    this.asked.push(path);
    const far = connect({ host: api.hostname, port: Number(api.port === "" ? 443 : api.port), ca });
    const names = from.rawHeaders.filter((_, index) => index % 2 === 0);
    const lines = names.map((name, index) => `${name}: ${from.rawHeaders[2 * index + 1] ?? ""}`);
    far.write(`${[`GET ${path} HTTP/1.1`, ...lines].join("\r\n")}\r\n\r\n`);
    far.write(head);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on("error", () => undefined);
      one.on("close", () => other.destroy());
      one.pipe(other);
    }
  }
}

function makeCertificate(directory: string): [key: string, cert: string] {
  const [key, cert] = [join(directory, "proxy.key"), join(directory, "ca.crt")];
  execFileSync("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
    ...["-subj", "/CN=faulty", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
  ]);
  const made: [string, string] = [readFileSync(key, "utf8"), readFileSync(cert, "utf8")];
  rmSync(key);
  return made;
}
