import type { IncomingHttpHeaders } from "node:http";
import type { Duplex } from "node:stream";

import type { Reader } from "../access/reader.ts";
import type { Sight } from "../stream/sight.ts";
import type { ApiRefusal } from "./apiRefusal.ts";
import type { StreamClosure } from "./streamClosure.ts";

/** What a gate hears of a permission that changes while a stream is open. */
export interface PermissionChanges {
  /** The sight is another than before. */
  changed(): void;
  /** Nothing may be told any more. */
  revoked(closure: StreamClosure): void;
}

/** A reader that was let in. */
export interface Admission {
  readonly reader: Reader;
  readonly sight: Sight;
  /** Namespaces that can be seen now. */
  readonly sees: () => "all" | readonly string[];
  /** Watches over the permission of a stream until the function returned is called. */
  readonly follow: (changes: PermissionChanges) => () => void;
}

/** Of a request, what decides on who may read. */
export interface GateRequest {
  readonly headers: IncomingHttpHeaders;
  readonly socket: Duplex;
}

/** Lets readers in, or says why not. */
export interface Gate {
  admit(request: GateRequest): Promise<Admission | ApiRefusal>;
}

/** The token of an `Authorization` header; undefined where there is none. */
export function bearerToken({ authorization = "" }: IncomingHttpHeaders): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization)?.[1];
}
