import type { IncomingMessage } from "node:http";

import { STREAM_SUBPROTOCOL } from "../../protocol/stream.ts";
import { REFUSALS, type ApiRefusal } from "./apiRefusal.ts";
import { parseRequestTarget } from "./requestTarget.ts";

/** Why a handshake is refused, and the headers that tell what would be right. */
export interface HandshakeRefusal {
  readonly refusal: ApiRefusal;
  readonly headers: Readonly<Record<string, string>>;
}

/** Does it ask for the stream's WebSocket? */
export function isStreamHandshake({ method, headers, url = "" }: IncomingMessage): boolean {
  return (
    method === "GET" &&
    headers.upgrade?.toLowerCase() === "websocket" &&
    parseRequestTarget(url)?.path === "/v1/stream"
  );
}

/** Undefined where the handshake is whole and asks for this version. */
export function refuseHandshake({ headers }: Pick<IncomingMessage, "headers">): HandshakeRefusal | undefined {
  const versions = (headers["sec-websocket-protocol"] ?? "").split(",").map((each) => each.trim());
  if (!versions.includes(STREAM_SUBPROTOCOL)) {
    return { refusal: otherVersion(versions), headers: { "Sec-WebSocket-Protocol": STREAM_SUBPROTOCOL } };
  }
  const whole =
    /^[+/0-9A-Za-z]{22}==$/.test(headers["sec-websocket-key"] ?? "") &&
    headers["sec-websocket-version"] === "13";
  if (whole) return undefined;
  return { refusal: REFUSALS.badHandshake, headers: { "Sec-WebSocket-Version": "13" } };
}

function otherVersion(asked: readonly string[]): ApiRefusal {
  const known = asked.filter((each) => /^[\w.-]{1,64}$/.test(each));
  const theirs = known.length === 0 ? "no version" : known.slice(0, 4).join(", ");
  const message = `this service speaks ${STREAM_SUBPROTOCOL}, and the client asked for ${theirs}: update the older one`;
  return { ...REFUSALS.otherVersion, message };
}
