import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

import { refusalBody, type ApiRefusal } from "./apiRefusal.ts";

/** How long a peer may take to read a refusal. */
const LINGER_MS = 2_000;

/** Refuses what has no response object, in plain bytes, and ends the connection. */
export function refuseUpgrade(
  socket: Duplex,
  refusal: ApiRefusal,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = refusalBody(refusal);
  const lines = [
    `HTTP/1.1 ${String(refusal.status)} ${STATUS_CODES[refusal.status] ?? ""}`,
    ...Object.entries({
      "Content-Type": "application/json",
      "Content-Length": String(Buffer.byteLength(body)),
      "Cache-Control": "no-store",
      ...(refusal.status === 426
        ? { Upgrade: "websocket", Connection: "Upgrade, close" }
        : { Connection: "close" }),
      ...(refusal.status === 401 ? { "WWW-Authenticate": "Bearer" } : {}),
      ...headers,
    }).map(([name, value]) => `${name}: ${value}`),
  ];
  // A connection that breaks meanwhile is no error of the service.
  socket.on("error", () => undefined);
  const cut = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once("close", () => {
    clearTimeout(cut);
  });
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`, () => {
    socket.destroy();
  });
}
