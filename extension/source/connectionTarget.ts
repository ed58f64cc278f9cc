import { ShownError } from "../../protocol/text/shownError.ts";

/** Where a tracer service listens. */
export type ConnectionTarget =
  | { readonly type: "unix"; readonly socketPath: string }
  /** `url`: `http:` or `https:`, with a slash at its end; it never holds a secret. */
  | { readonly type: "url"; readonly url: string };

/** A source's id: the same for the same tracer. */
export function targetId(target: ConnectionTarget): string {
  return target.type === "unix" ? `tracer:unix:${target.socketPath}` : `tracer:${target.url}`;
}

/** Where a URL may lead. `http:` and `ws:` only to this machine, since the token would be readable on the way. */
export function parseTargetUrl(text: string): ConnectionTarget {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    throw new ShownError((t) => t("the address is no URL: write it as https://host:port/"));
  }
  const secure = url.protocol === "https:" || url.protocol === "wss:";
  if (!secure && url.protocol !== "http:" && url.protocol !== "ws:") {
    throw new ShownError((t) => t("the address must begin with https://, wss://, http:// or ws://"));
  }
  if (url.username !== "" || url.password !== "") {
    throw new ShownError((t) =>
      t("the address must hold no user or password: a token is asked for, or read from a file"),
    );
  }
  if (url.search !== "" || url.hash !== "") {
    throw new ShownError((t) =>
      t("the address must have no ? or # part: a token does not belong in an address"),
    );
  }
  if (!secure && !isLoopback(url.hostname)) {
    throw new ShownError((t) =>
      t("the address must begin with https:// or wss://: others could read the token on its way"),
    );
  }
  const path = url.pathname.endsWith("/") ? url.pathname : `${url.pathname}/`;
  return { type: "url", url: `${secure ? "https" : "http"}://${url.host}${path}` };
}

/** The machine that is asked, as people name it. */
export function targetHost(target: ConnectionTarget, thisHost: string): string {
  if (target.type === "unix") return thisHost;
  const { hostname, host } = new URL(target.url);
  return isLoopback(hostname) ? `${thisHost} (${host})` : host;
}

/** Where it listens, as people write it: tells it from others of the same host. */
export function targetPlace(target: ConnectionTarget): string {
  return target.type === "unix" ? target.socketPath : new URL(target.url).host;
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname === "[::1]" ||
    // The URL parser has made four decimal numbers of any other way to write it.
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}
