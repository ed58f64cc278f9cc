import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

import type { AccessLog, Viewer } from "../access/accessRecord.ts";
import { claimedUserOf } from "../access/claimedUser.ts";
import { StreamViewing } from "../access/streamViewing.ts";
import type { ApiRefusal } from "./apiRefusal.ts";
import type { Admission } from "./gate.ts";
import type { RequestTarget } from "./requestTarget.ts";

/** A request that was let in. */
export interface Asked extends RequestTarget {
  readonly admission: Admission;
}

/** Writes down who views what by which request, and who was refused. */
export class Viewings {
  readonly #log: AccessLog;

  constructor(log: AccessLog) {
    this.#log = log;
  }

  /** Of what is over at once: a viewing with one line. */
  request({ path, query, admission }: Asked, request: IncomingMessage): void {
    this.#log.write({
      ...{ phase: "request", viewing: randomUUID(), endpoint: path, viewer: viewerOf(request, admission) },
      ...{ query: query.toString(), sees: admission.sees(), filter: undefined, replayAfter: undefined },
      ...{ sinceMs: Date.now(), untilMs: undefined, told: undefined, code: undefined },
    });
  }

  /** Of a reader that was not let in; mistakes of readers that were are no refusals. */
  refused({ status, code, message, reader }: ApiRefusal, request: IncomingMessage): void {
    const [endpoint = ""] = (request.url ?? "").split("?", 1);
    this.#log.refuse({
      ...{ endpoint, reader, claimedUser: claimedUserOf(request.headers), from: peerOf(request) },
      ...{ status, code, why: message, atMs: Date.now() },
    });
  }

  /** Of what goes on for a while. */
  open({ path, query, admission }: Asked, request: IncomingMessage): StreamViewing {
    return new StreamViewing({
      ...{ endpoint: path, query: query.toString(), viewer: viewerOf(request, admission) },
      ...{ sees: admission.sees, log: this.#log, nowMs: Date.now },
    });
  }
}

function viewerOf(request: IncomingMessage, { reader }: Admission): Viewer {
  return { reader, claimedUser: claimedUserOf(request.headers), from: peerOf(request) };
}

function peerOf({ socket }: IncomingMessage): string | undefined {
  const { remoteAddress, remotePort } = socket;
  return remoteAddress === undefined ? undefined : `${remoteAddress}:${String(remotePort)}`;
}
