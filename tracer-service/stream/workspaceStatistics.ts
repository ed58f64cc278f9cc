import { createHash } from "node:crypto";

import type { Attribution, ExecEvent, Labels, TracerEvent } from "../../protocol/events.ts";
import { quoteForShell } from "../../protocol/shellQuote.ts";
import type { WorkspaceState } from "../../protocol/stream.ts";
import type { Workspace, WorkspacePod } from "../identity/workspace.ts";
import { inOnePiece } from "../output/inOnePiece.ts";
import { RateMeter } from "./rateMeter.ts";
import { isNobodys } from "./isNobodys.ts";

const IDLE_MS = 60_000;
const MAX_COMMAND = 256;
/** Arguments of so many bytes are kept as they are. */
const WHOLE_BYTES = 1_024;

interface Entry {
  readonly id: string;
  readonly labels: Labels;
  readonly attribution: Attribution;
  readonly since: string;
  readonly namespace: string | undefined;
  readonly rate: RateMeter;
  pod: WorkspacePod | undefined;
  cgroup: string | undefined;
  alive: number;
  execs: number;
  lost: number;
  lastArgv: readonly string[] | undefined;
  lastNs: bigint;
  lastMs: number;
  /** The last tick in which the provider listed it. */
  listed: number;
  removed: boolean;
  /** Undefined when something has changed since. */
  state: WorkspaceState | undefined;
}

/** What changed since the last tick. */
export interface WorkspaceChanges {
  readonly changed: readonly WorkspaceState[];
  readonly removed: readonly { readonly id: string; readonly namespace: string | undefined }[];
}

/**
 * Counts per workspace, from its events and from the identity provider. Workspaces of a namespace whose labels are all
 * the same are one. It goes when the provider no longer knows it and none of its processes is alive.
 */
export class WorkspaceStatistics {
  readonly #provided: () => readonly Workspace[];
  readonly #formatTime: (timeNs: bigint) => string;
  readonly #entries = new Map<string, Entry>();
  readonly #byLabels = new WeakMap<Labels, Entry>();
  #tick = 0;

  constructor(provided: () => readonly Workspace[], formatTime: (timeNs: bigint) => string) {
    this.#provided = provided;
    this.#formatTime = formatTime;
  }

  /** Those that have workspaces. */
  get namespaces(): readonly string[] {
    return [...this.#entries.values()].flatMap(({ namespace }) => namespace ?? []);
  }

  /** All of them, as they are now. */
  states(nowMs: number): WorkspaceState[] {
    this.refresh(nowMs);
    return [...this.#entries.values()].map((entry) => entry.state ?? this.#state(entry, nowMs));
  }

  /** Takes over what the provider lists now. */
  refresh(nowMs: number): void {
    for (const { labels, attribution, root, pod } of this.#provided()) {
      const entry = this.#entryOf(labels, attribution, pod?.namespace, nowMs);
      entry.pod ??= pod;
      entry.listed = this.#tick;
      entry.cgroup ??= root?.toWellFormed();
    }
  }

  /** `aliveChange`: processes that this event began (1) or ended (-1). */
  event(event: TracerEvent, aliveChange: number, nowMs: number): void {
    if (isNobodys(event)) return;
    const entry = this.#find(event.labels, event.attribution, event.pod, nowMs);
    entry.state = undefined;
    entry.alive = Math.max(0, entry.alive + aliveChange);
    if (event.type === "lost") entry.lost += event.count;
    if (event.type !== "exec") return;
    entry.execs++;
    entry.lastArgv = beginningOf(event);
    entry.lastNs = event.timeNs;
    entry.lastMs = nowMs;
  }

  /** A process that ran already at the start. Nobody's, which have no labels, are not counted. */
  running(labels: Labels, pod: WorkspacePod | undefined, nowMs: number): void {
    if (Object.keys(labels).length === 0) return;
    const entry = this.#find(labels, "cgroup", pod, nowMs);
    entry.alive++;
    entry.state = undefined;
  }

  /** To be called once a second. */
  tick(nowMs: number): WorkspaceChanges {
    this.#tick++;
    this.refresh(nowMs);
    const changed: WorkspaceState[] = [];
    const removed: { id: string; namespace: string | undefined }[] = [];
    for (const entry of this.#entries.values()) {
      if (entry.listed !== this.#tick && entry.alive === 0) {
        entry.removed = true;
        this.#entries.delete(entry.id);
        removed.push({ id: entry.id, namespace: entry.namespace });
        continue;
      }
      const rateBefore = entry.rate.perSecond;
      entry.rate.tick(entry.execs);
      const idle = activityOf(entry, nowMs) !== entry.state?.activity;
      if (entry.state !== undefined && rateBefore === entry.rate.perSecond && !idle) continue;
      entry.state = this.#state(entry, nowMs);
      changed.push(entry.state);
    }
    return { changed, removed };
  }

  #state(entry: Entry, nowMs: number): WorkspaceState {
    const { id, labels, attribution, namespace, pod, cgroup, alive, execs, lost, since, lastArgv } = entry;
    return {
      id,
      labels,
      attribution,
      namespace,
      pod: pod?.pod,
      podUid: pod?.podUid,
      cgroup,
      activity: activityOf(entry, nowMs),
      why: undefined,
      alive,
      execs,
      lost,
      rate: entry.rate.perSecond,
      lastCommand: lastArgv === undefined ? undefined : commandOf(lastArgv),
      lastExec: lastArgv === undefined ? undefined : this.#formatTime(entry.lastNs),
      since,
    };
  }

  /** That of something that happened, whose pod is the latest. */
  #find(labels: Labels, attribution: Attribution, pod: WorkspacePod | undefined, nowMs: number): Entry {
    const entry = this.#entryOf(labels, attribution, pod?.namespace, nowMs);
    if (pod !== undefined && pod.podUid !== entry.pod?.podUid) {
      entry.pod = pod;
      entry.state = undefined;
    }
    return entry;
  }

  #entryOf(labels: Labels, attribution: Attribution, namespace: string | undefined, nowMs: number): Entry {
    const known = this.#byLabels.get(labels);
    if (known !== undefined && !known.removed && known.namespace === namespace) return known;
    const id = workspaceId(labels, namespace);
    let entry = this.#entries.get(id);
    if (entry === undefined) {
      const since = this.#formatTime(BigInt(Math.trunc(nowMs)) * 1_000_000n);
      entry = {
        ...{ id, labels, attribution, since, namespace, pod: undefined, rate: new RateMeter() },
        ...{ cgroup: undefined, alive: 0, execs: 0, lost: 0, lastArgv: undefined, lastNs: 0n },
        ...{ lastMs: -Infinity, listed: this.#tick, removed: false, state: undefined },
      };
      this.#entries.set(id, entry);
    }
    this.#byLabels.set(labels, entry);
    return entry;
  }
}

function activityOf(entry: Entry, nowMs: number): WorkspaceState["activity"] {
  return nowMs - entry.lastMs >= IDLE_MS ? "idle" : "logging";
}

/** The same for the same namespace and labels in every run of the service. */
function workspaceId(labels: Labels, namespace: string | undefined): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify(namespace === undefined ? sorted : [namespace, sorted]))
    .digest("hex")
    .slice(0, 16);
}

/** The arguments that a command is shown by, and nothing else in memory: of each workspace there is one. */
function beginningOf({ argv, argsBytes }: ExecEvent): readonly string[] {
  if (argsBytes <= WHOLE_BYTES) return argv;
  const kept: string[] = [];
  for (let units = 0; units <= MAX_COMMAND && kept.length < argv.length;) {
    const argument = argv[kept.length] ?? "";
    kept.push(inOnePiece(argument.slice(0, MAX_COMMAND)));
    units += argument.length + 1;
  }
  return kept;
}

function commandOf(argv: readonly string[]): string {
  const short = argv.slice(0, MAX_COMMAND).map((each) => each.slice(0, MAX_COMMAND));
  return quoteForShell(short).slice(0, MAX_COMMAND);
}
