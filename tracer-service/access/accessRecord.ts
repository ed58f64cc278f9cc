import type { StreamFilter } from "../../protocol/stream.ts";
import type { Reader } from "./reader.ts";

/** Somebody who views, and from where. */
export interface Viewer {
  readonly reader: Reader;
  /** Who the client says it acts for; unchecked. */
  readonly claimedUser: string | undefined;
  /** Address and port of the peer; undefined on a Unix socket. */
  readonly from: string | undefined;
}

/** What was told in a viewing. */
export interface Told {
  readonly events: number;
  /** Time of the first and the last of them, ns since 1970 UTC. */
  readonly firstNs: bigint | undefined;
  readonly lastNs: bigint | undefined;
}

/** A viewing's begin or end; what is over at once has only a `request`. Times are ms since 1970 UTC. */
export interface AccessRecord {
  readonly phase: "begin" | "end" | "request";
  /** Shared by begin and end. */
  readonly viewing: string;
  readonly endpoint: string;
  /** The request's, as it was; empty where there was none. */
  readonly query: string;
  readonly viewer: Viewer;
  /** Namespaces that could be seen at this moment; `all`: everything. */
  readonly sees: "all" | readonly string[];
  /** Undefined where workspaces and counters are viewed, but no events. */
  readonly filter: StreamFilter | undefined;
  /** Events after this number are replayed first. */
  readonly replayAfter: number | undefined;
  readonly sinceMs: number;
  readonly untilMs: number | undefined;
  readonly told: Told | undefined;
  /** WebSocket close code, where the viewing ended with its stream. */
  readonly code: number | undefined;
}

/** Somebody who was not let in. */
export interface RefusedAccess {
  /** Path of the request, which is anything that somebody may write. Its query is not told: there may be a token in it. */
  readonly endpoint: string;
  /** Undefined where it is not known who it was. */
  readonly reader: Reader | undefined;
  /** Who the client says it acts for; unchecked. */
  readonly claimedUser: string | undefined;
  /** Address and port of the peer; undefined on a Unix socket. */
  readonly from: string | undefined;
  /** HTTP status. */
  readonly status: number;
  /** That of the refusal, such as `unauthorized`. */
  readonly code: string;
  /** One line. */
  readonly why: string;
  /** ms since 1970 UTC. */
  readonly atMs: number;
}

/** Refusals that have no line of their own: how many, of whom, and from when until when, ms since 1970 UTC. */
export interface WithheldRefusals {
  /** Undefined where it is not known who it was. */
  readonly reader: Reader | undefined;
  /** Undefined: of various. */
  readonly code: string | undefined;
  readonly count: number;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** Where each viewing is written down, and who was refused one. */
export interface AccessLog {
  write(record: AccessRecord): void;
  refuse(refused: RefusedAccess): void;
}
