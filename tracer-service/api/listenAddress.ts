import { loopbackHost } from "../exectrace/initAddress.ts";
import { quoteText } from "../identity/quoteText.ts";

/** Where the API listens. */
export type ListenAddress =
  | { readonly type: "none" }
  | { readonly type: "unix"; readonly path: string }
  /** Port 0 lets the kernel choose one. */
  | { readonly type: "tcp"; readonly host: string; readonly port: number };

/** Where the API listens unless it is told otherwise. */
export const DEFAULT_SOCKET = "/run/process-logging/tracer.sock";

/** The kernel's limit, without the zero byte at the end. */
const MAX_SOCKET_PATH_BYTES = 107;

/** Reads `none`, `unix:/run/x/tracer.sock`, `127.0.0.1:7777` or `[::1]:7777`. Throws one line for all else. */
export function parseListenAddress(text: string): ListenAddress {
  if (text === "none") return { type: "none" };
  if (text.startsWith("unix:")) return { type: "unix", path: socketPath(text.slice("unix:".length)) };
  const match = /^(.*):([0-9]{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (!(port <= 65_535)) {
    throw new Error(
      `--listen: expected unix:/PATH, an address such as 127.0.0.1:7777, or none, found ${quoteText(text)}`,
    );
  }
  const host = loopbackHost(match?.[1] ?? "");
  if (host === undefined) {
    throw new Error(
      `--listen: expected a loopback address such as 127.0.0.1:${String(port)}, found ${quoteText(text)}: ` +
        "without encryption everybody on the way could read the token and the log",
    );
  }
  return { type: "tcp", host, port };
}

function socketPath(path: string): string {
  if (!path.startsWith("/") || path.endsWith("/") || /\0|\/\/|\/\.{1,2}(\/|$)/.test(path)) {
    throw new Error(
      `--listen: expected an absolute path without . and .. after unix:, found ${quoteText(path)}`,
    );
  }
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
    throw new Error(
      `--listen: a socket's path has at most ${String(MAX_SOCKET_PATH_BYTES)} bytes: choose a shorter one`,
    );
  }
  return path;
}
