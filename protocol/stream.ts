import type { Attribution, Labels } from "./events.ts";

/** Version of the stream's messages: raised by a change that an older reader would misread. */
export const STREAM_PROTOCOL = 1;

/** What a client asks for in `Sec-WebSocket-Protocol`; a service that speaks another version refuses with 426. */
export const STREAM_SUBPROTOCOL = `process-logging.v${String(STREAM_PROTOCOL)}`;

/** Longest message that a service takes from a client, in bytes. */
export const MAX_CLIENT_MESSAGE_BYTES = 65_536;

/** A workspace by name; without a username, every workspace of that name. */
export interface WorkspaceName {
  readonly username: string | undefined;
  readonly workspaceName: string;
}

/** What of a node's events a client wants: whoever matches one of the names of each list that is not empty. */
export interface StreamFilter {
  readonly usernames: readonly string[];
  readonly workspaces: readonly WorkspaceName[];
}

/** `logging`: an exec in the last minute; `idle`: none; `not_logged`: its execs can't be logged, `why` says why not. */
export type WorkspaceActivity = "logging" | "idle" | "not_logged";

/** One workspace of a node, as the service sees it now. Times are UTC in the log's form, with nanoseconds. */
export interface WorkspaceState {
  /** Stable for as long as the workspace exists, also over restarts of the service; unique on its node. */
  readonly id: string;
  readonly labels: Labels;
  readonly attribution: Attribution;
  /** Of its pod; undefined outside of Kubernetes. Pod name and uid are those of the pod that was seen last. */
  readonly namespace: string | undefined;
  readonly pod: string | undefined;
  readonly podUid: string | undefined;
  readonly cgroup: string | undefined;
  readonly activity: WorkspaceActivity;
  readonly why: string | undefined;
  /** Processes alive that have run a program. */
  readonly alive: number;
  /** Since `since`. */
  readonly execs: number;
  readonly lost: number;
  /** Execs per second, over the last five seconds. */
  readonly rate: number;
  /** Command line of the latest exec, quoted for a shell and cut to 256 characters. */
  readonly lastCommand: string | undefined;
  readonly lastExec: string | undefined;
  /** When this service first saw it. */
  readonly since: string;
}

/** What holds up a service now. Undefined: nothing does, or the service is older than this. */
export interface BackPressure {
  /** Nothing of the log could be written for so long while lines waited, in whole seconds. */
  readonly logBlockedSeconds?: number | undefined;
  /** The oldest event that the history has still to get has waited so long, in whole seconds. */
  readonly historyBehindSeconds?: number | undefined;
  /** The history can't be written: what it misses is counted. */
  readonly historyFailing?: boolean | undefined;
}

/** Up to where a history goes: the number of the last event that is kept, and the hash that covers all until there. */
export interface HistoryHead {
  readonly seq: number;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
}

/** The node and its service. Counters begin at the start of the service and hold only what the reader may see. */
export interface NodeState extends BackPressure {
  readonly node: string;
  readonly bootId: string;
  /** As `uname -r`. */
  readonly kernel: string;
  readonly serviceVersion: string;
  /** Names this run of the service: goes with a sequence number, since only a service with a history numbers on. */
  readonly run: string;
  readonly since: string;
  /** Execs per second, over the last five seconds. */
  readonly rate: number;
  readonly execs: number;
  readonly exits: number;
  /** Events lost, of any kind. */
  readonly lost: number;
  /** Events whose workspace nobody knows. */
  readonly unattributed: number;
  readonly clients: number;
  /** Namespaces of which the reader may see what is here; undefined: of all, or the service is older than this. */
  readonly sees?: readonly string[] | undefined;
  /** Of its history; undefined where there is none. */
  readonly head?: HistoryHead | undefined;
}

/** The first message of every stream. */
export interface HelloMessage {
  readonly type: "hello";
  readonly protocol: number;
  readonly node: NodeState;
  /** First and last sequence number that can be replayed; 0 and 0 when there is none. */
  readonly oldestSeq: number;
  readonly latestSeq: number;
  /**
   * Number of the first event of this run. Not above the last one that a reader knows of another run: numbers have begun
   * anew, and name an event only together with the run. Undefined: the service is older than this.
   */
  readonly firstSeq?: number | undefined;
}

/** Workspaces that are new or have changed, at most once a second; `all`: forget every other one. Not filtered. */
export interface WorkspacesMessage {
  readonly type: "workspaces";
  readonly all: boolean;
  readonly changed: readonly WorkspaceState[];
  /** Ids. */
  readonly removed: readonly string[];
}

/** The node's counters have changed; at most once a second. */
export interface NodeMessage {
  readonly type: "node";
  readonly node: NodeState;
}

/** Answers `subscribe`: what follows obeys this filter. */
export interface SubscribedMessage {
  readonly type: "subscribed";
  readonly filter: StreamFilter;
  readonly latestSeq: number;
}

/**
 * Follows `subscribed`: the latest exec of each process alive, and those of its ancestors that the service still
 * knows. Its log lines, one each, follow the header in the same frame: `"msg":"exec"`, or `"msg":"process"` for what
 * ran before the service did.
 */
export interface SnapshotHeader {
  readonly type: "snapshot";
  readonly count: number;
  /** Processes alive that are not told, because there are too many. */
  readonly omitted: number;
}

/** A batch; its log lines, one each, follow the header in the same frame. */
export interface EventsHeader {
  readonly type: "events";
  readonly count: number;
  /** The filter has seen every event up to this one: what to give as `since` after a reconnect. */
  readonly through: number;
}

/**
 * `slow_reader`: withheld from this client; `not_kept`: too old to be replayed; `restarted`: of an earlier run. No
 * service says the others. `rotated`: a pod's log no longer has where its reader was; `untold`: processes alive that a
 * snapshot leaves out, `events` of them.
 */
export type GapReason = "slow_reader" | "not_kept" | "restarted" | "rotated" | "untold";

/**
 * Events that this client does not get. Those of an earlier run can't be counted: `events` is then undefined,
 * `firstSeq` a number of that run, and `lastSeq` 0.
 */
export interface GapMessage {
  readonly type: "gap";
  readonly reason: GapReason;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** `slow_reader`: exactly those that the filter let through; `not_kept`: all, since nothing is known of them. */
  readonly events: number | undefined;
  readonly execs: number | undefined;
  readonly firstTs: string | undefined;
  readonly lastTs: string | undefined;
}

/**
 * Answers `checkHead`. `extends`: the history goes on from this head; `differs`: it does not, since it is another one, an
 * older copy, or was written anew; `not_kept`: the events around it were removed; `unknown`: the history can't be read.
 */
export interface HeadMessage {
  readonly type: "head";
  readonly head: HistoryHead;
  readonly answer: "extends" | "differs" | "not_kept" | "unknown";
}

/** All that a service says. Frames are text: a line of JSON, then, after `snapshot` and `events`, log lines. */
export type ServerMessage =
  | HelloMessage
  | WorkspacesMessage
  | NodeMessage
  | SubscribedMessage
  | SnapshotHeader
  | EventsHeader
  | GapMessage
  | HeadMessage;

/** Sends events from now on or, with `since`, after that number; replaces an earlier subscription. */
export interface SubscribeMessage {
  readonly type: "subscribe";
  readonly filter: StreamFilter;
  /**
   * `run` as in `NodeState`. Of an earlier run that the service's history knows, events go on where they ended for this
   * client; of any other, everything kept is replayed after a gap. `seq` 0: all that is kept.
   */
  readonly since: { readonly run: string; readonly seq: number } | undefined;
  /** Without `since`: the events of the last so many ms come first, at most the latest 100,000. */
  readonly recentMs?: number | undefined;
}

/** Sends no more events; workspaces and node are still told. */
export interface UnsubscribeMessage {
  readonly type: "unsubscribe";
}

/** Asks whether the history goes on from a head that was told earlier. */
export interface CheckHeadMessage {
  readonly type: "checkHead";
  readonly head: HistoryHead;
}

/** All that a client says. */
export type ClientMessage = SubscribeMessage | UnsubscribeMessage | CheckHeadMessage;
