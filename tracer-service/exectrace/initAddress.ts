import { isIPv4 } from "node:net";
import { quoteText } from "../identity/quoteText.ts";

/** Where the sidecar waits for its PID namespace: an address that only this network namespace reaches. */
export interface InitAddress {
  /** `127.x.x.x` or `::1`. */
  readonly host: string;
  /** 0 lets the kernel choose one. */
  readonly port: number;
}

/** Reads `127.0.0.1:56123`, `[::1]:56123` or `localhost:56123`. Throws one line for all else. */
export function parseInitAddress(text: string): InitAddress {
  const match = /^(.*):([1-9][0-9]{0,4})$/.exec(text);
  const port = Number(match?.[2]);
  if (!(port <= 65_535)) {
    throw new Error(`--init-address: expected an address such as 127.0.0.1:56123, found ${quoteText(text)}`);
  }
  const host = loopbackHost(match?.[1] ?? "");
  if (host === undefined) {
    throw new Error(
      `--init-address: expected a loopback address such as 127.0.0.1:${String(port)}, found ${quoteText(text)}: ` +
        "containers of one pod reach each other there, and nobody else may choose what is logged",
    );
  }
  return { host, port };
}

/** Loopback address that a host part names, brackets included; undefined for any other host. */
export function loopbackHost(text: string): string | undefined {
  if (text === "[::1]") return "::1";
  // Never looked up: a resolver could say something else.
  if (text.toLowerCase() === "localhost") return "127.0.0.1";
  return isIPv4(text) && text.startsWith("127.") ? text : undefined;
}

/** The address as it stands in a URL. */
export function initUrl(address: InitAddress): string {
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `http://${host}:${String(address.port)}`;
}
