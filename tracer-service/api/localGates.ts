import { createHash, timingSafeEqual } from "node:crypto";
import type { Duplex } from "node:stream";

import type { Reader } from "../access/reader.ts";
import { fullSight } from "../stream/sight.ts";
import { REFUSALS } from "./apiRefusal.ts";
import { bearerToken, type Admission, type Gate } from "./gate.ts";

/** Of a Unix socket: the file system has decided already. */
export function socketGate(readPeerUid: (socket: Duplex) => number | undefined): Gate {
  return { admit: ({ socket }) => Promise.resolve(admitted({ type: "unix", uid: readPeerUid(socket) })) };
}

/** Of a port: whoever knows the token, which is undefined while its file can't be used. */
export function tokenFileGate(readToken: () => string | undefined): Gate {
  return {
    admit: ({ headers }) => {
      const token = readToken();
      if (token === undefined) return Promise.resolve(REFUSALS.tokenFile);
      const given = bearerToken(headers);
      const right = given !== undefined && isSame(given, token);
      return Promise.resolve(right ? admitted({ type: "tcp" }) : REFUSALS.unauthorized);
    },
  };
}

function admitted(reader: Reader): Admission {
  return { reader, sight: fullSight, sees: () => "all", follow: () => () => undefined };
}

/** Digests have one length, so the comparison tells nothing of the token's. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
