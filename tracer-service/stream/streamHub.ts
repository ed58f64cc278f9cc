import type { TracerEvent } from "../../protocol/events.ts";
import { STREAM_PROTOCOL } from "../../protocol/stream.ts";
import type {
  BackPressure,
  HistoryHead,
  NodeState,
  WorkspacesMessage,
  WorkspaceState,
} from "../../protocol/stream.ts";
import type { Workspace } from "../identity/workspace.ts";
import type { LogLineFormatter } from "../output/logLine.ts";
import { TimestampFormatter } from "../output/timestamp.ts";
import type { SnapshotProcess } from "../pipeline/snapshot.ts";
import type { ClientTransport } from "./clientTransport.ts";
import { EventHistory } from "./eventHistory.ts";
import { LiveProcesses } from "./liveProcesses.ts";
import { NamespaceCounts } from "./namespaceCounts.ts";
import type { RecentEvents } from "./recentEvents.ts";
import { fullSight, type Sight } from "./sight.ts";
import { noObserver, type StreamObserver } from "./streamObserver.ts";
import type { StreamClock } from "./streamClock.ts";
import { StreamClient, type StreamArchive } from "./streamClient.ts";
import { seesAll, type Visibility } from "./visibility.ts";
import { WorkspaceStatistics, type WorkspaceChanges } from "./workspaceStatistics.ts";

/** Events come in batches anyway, as the ring is drained: one timer a batch. */
const FLUSH_MS = 1;
const TICK_MS = 1_000;
/** Processes alive, and UTF-16 units of their lines, that a snapshot tells at most. */
const MAX_LIVE = 50_000;
const MAX_LIVE_UNITS = 33_554_432;
/** Events that `recentMs` asks for at most. */
const MAX_RECENT = 100_000;
const MAX_BUFFERED = 8_388_608;
const MAX_BUFFERED_OF_ALL = 33_554_432;
/** Workspaces in one message. */
const WORKSPACES_A_MESSAGE = 500;

/** What a hub needs. */
export interface StreamHubOptions {
  readonly node: Pick<NodeState, "node" | "bootId" | "kernel" | "serviceVersion" | "run">;
  /** Makes one line of each event, of any length. */
  readonly formatter: Pick<LogLineFormatter, "format" | "formatProcess">;
  readonly workspaces: () => readonly Workspace[];
  /** ns since 1970 UTC of a time since boot, ns. */
  readonly dateOfBoot: (bootNs: bigint) => bigint;
  readonly clock: StreamClock;
  /** What was before the events in memory; without one it is gone. */
  readonly archive?: HubArchive | undefined;
  /** Those not in the archive, which are there before they come here; without it the hub keeps the latest events itself. */
  readonly recent?: RecentEvents | undefined;
  /** Number of the latest event of earlier runs; without it 0. */
  readonly lastSeq?: number | undefined;
  /** What holds up the service now. */
  readonly pressure?: () => BackPressure;
  readonly historyEvents?: number;
  readonly historyBytes?: number;
  /** What may wait for one client, and for all together (default 8 MiB and 32 MiB), bytes. */
  readonly maxBufferedBytes?: number;
  readonly maxBufferedBytesOfAll?: number;
}

/** The archive that a hub needs, the number of the first event in it, and up to where it goes. */
export interface HubArchive extends StreamArchive {
  readonly oldestSeq: number;
  readonly head: HistoryHead;
}

/** For metrics. */
export interface StreamHubStatistics {
  readonly clients: number;
  readonly queuedBytes: number;
  /** Clients for whom so much waits that events are withheld. */
  readonly behind: number;
  readonly gaps: number;
  /** Events withheld from clients that read too slowly. */
  readonly withheld: number;
  readonly historyBytes: number;
  readonly events: Readonly<Record<TracerEvent["type"], number>>;
}

/** Gives each event to the history, the live processes, the statistics and the connected clients. */
export class StreamHub {
  readonly #options: StreamHubOptions;
  readonly #recent: RecentEvents;
  readonly #own: EventHistory | undefined;
  readonly #live = new LiveProcesses(MAX_LIVE, MAX_LIVE_UNITS);
  readonly #workspaces: WorkspaceStatistics;
  readonly #timestamps = new TimestampFormatter();
  readonly #clients = new Set<StreamClient>();
  readonly #since: string;
  readonly #events = { exec: 0, exit: 0, lost: 0 };
  readonly #counts = new NamespaceCounts();
  #gaps = 0;
  #withheld = 0;
  readonly #firstSeq: number;
  #latestSeq: number;
  /** Of the last tick: near enough for what is told of a workspace, and nothing to ask for with each event. */
  #tickMs: number;
  #cancelFlush: (() => void) | undefined;
  #cancelTick: () => void;

  constructor(options: StreamHubOptions) {
    this.#options = options;
    this.#latestSeq = options.lastSeq ?? 0;
    this.#firstSeq = this.#latestSeq + 1;
    const { recent, historyEvents = 100_000, historyBytes = 67_108_864 } = options;
    if (recent === undefined) this.#own = new EventHistory(historyEvents, historyBytes);
    this.#recent = recent ?? (this.#own as EventHistory);
    this.#workspaces = new WorkspaceStatistics(options.workspaces, this.#formatTime);
    this.#tickMs = options.clock.nowMs();
    this.#since = this.#formatTime(BigInt(Math.trunc(this.#tickMs)) * 1_000_000n);
    this.#cancelTick = options.clock.after(TICK_MS, this.#tick);
  }

  get statistics(): StreamHubStatistics {
    let queuedBytes = 0;
    let behind = 0;
    for (const client of this.#clients) {
      queuedBytes += client.queuedBytes;
      if (client.behind) behind++;
    }
    const { size: clients } = this.#clients;
    return {
      clients,
      queuedBytes,
      behind,
      gaps: this.#gaps,
      withheld: this.#withheld,
      historyBytes: this.#recent.bytes,
      events: { ...this.#events },
    };
  }

  /** Whether anybody follows the stream. */
  get watched(): boolean {
    return this.#clients.size > 0;
  }

  /** Those of which there is anything to see. */
  get namespaces(): ReadonlySet<string> {
    return new Set([...this.#counts.namespaces, ...this.#workspaces.namespaces]);
  }

  /** What ran before the tracing began; before the first event. */
  start(snapshot: readonly SnapshotProcess[]): void {
    const nowMs = this.#options.clock.nowMs();
    // First, because the provider knows of each how it is attributed.
    this.#workspaces.refresh(nowMs);
    for (const process of snapshot) {
      const { pod } = process;
      const line = this.#formatProcess(process);
      if (this.#live.exec({ ...process, namespace: pod?.namespace, line })) {
        this.#workspaces.running(process.labels, pod, nowMs);
      }
    }
  }

  /** `line`: the event's whole log line, when it has been made already. */
  write(event: TracerEvent, line = this.#options.formatter.format(event)): void {
    const { seq, timeNs, type, labels } = event;
    const namespace = event.pod?.namespace;
    this.#latestSeq = seq;
    this.#counts.event(event);
    let aliveChange = 0;
    if (event.type === "exec") {
      this.#events.exec++;
      const { id, pid, parentId } = event;
      if (this.#live.exec({ id, pid, parentId, labels, namespace, line })) aliveChange = 1;
    } else if (event.type === "exit") {
      this.#events.exit++;
      if (this.#live.exit(event.id, event.pid, namespace)) aliveChange = -1;
    } else this.#events.lost++;
    this.#workspaces.event(event, aliveChange, this.#tickMs);
    if (this.#own === undefined && this.#clients.size === 0) return;
    const kept = { seq, timeNs, type, labels, namespace, line };
    this.#own?.add(kept);
    for (const client of this.#clients) client.event(kept);
  }

  /**
   * Greets a new connection, whose `sight` should be settled for `namespaces`. Its owner reports messages, room, a
   * changed sight and the end to what is returned.
   */
  connect(
    transport: ClientTransport,
    sight: Sight = fullSight,
    observer: StreamObserver = noObserver,
  ): StreamClient {
    const client: StreamClient = new StreamClient(
      transport,
      { sight, observer },
      {
        run: this.#options.node.run,
        recent: this.#recent,
        archive: this.#options.archive,
        seqBeforeLast: (ms) => this.#seqBeforeLast(ms),
        maxBufferedBytes: this.#maxBufferedBytes,
        firstSeq: this.#firstSeq,
        latestSeq: () => this.#latestSeq,
        snapshot: (matches, visible) => ({
          lines: this.#live.lines(matches, visible),
          omitted: this.#live.omitted(visible),
        }),
        formatTime: this.#formatTime,
        wantFlush: () => (this.#cancelFlush ??= this.#options.clock.after(FLUSH_MS, this.#flush)),
        countGap: () => this.#gaps++,
        countWithheld: () => this.#withheld++,
        tellState: (behind) => {
          behind.tell({ type: "node", node: this.#nodeFor(behind) });
          this.#tellWorkspaces(behind);
        },
        forget: (gone) => this.#clients.delete(gone),
      },
    );
    this.#clients.add(client);
    const oldestSeq = (this.#options.archive?.oldestSeq ?? 0) || this.#recent.oldestSeq;
    client.tell({
      type: "hello",
      protocol: STREAM_PROTOCOL,
      node: this.#nodeFor(client),
      oldestSeq,
      latestSeq: this.#latestSeq,
      firstSeq: this.#firstSeq,
    });
    this.#tellWorkspaces(client);
    return client;
  }

  workspaces(visible: Visibility = seesAll): WorkspaceState[] {
    const states = this.#workspaces.states(this.#options.clock.nowMs());
    return visible === seesAll ? states : states.filter(({ namespace }) => visible(namespace));
  }

  /** `clients`: how many readers it counts; all of them unless it is told to somebody who may not know. */
  nodeState(visible: Visibility = seesAll, clients = this.#clients.size): NodeState {
    const pressure = this.#options.pressure?.();
    return {
      ...this.#options.node,
      since: this.#since,
      ...this.#counts.sum(visible),
      clients,
      head: this.#options.archive?.head,
      ...pressure,
    };
  }

  /** Sends what waits and stops the timers; connections are the caller's to close. */
  close(): void {
    this.#cancelTick();
    this.#cancelFlush?.();
    this.#flush();
  }

  /** The number after which the events of the last so many ms begin, or the latest `MAX_RECENT` if these are more. */
  async #seqBeforeLast(ms: number): Promise<number> {
    const { archive, clock } = this.#options;
    const timeNs = BigInt(Math.max(0, Math.trunc(clock.nowMs() - ms))) * 1_000_000n;
    const kept = this.#recent.seqBefore(timeNs);
    const least = Math.max(0, this.#latestSeq - MAX_RECENT);
    if (kept !== undefined) return Math.max(least, kept);
    const oldest = this.#recent.oldestSeq;
    if (archive === undefined) return oldest === 0 ? this.#latestSeq : oldest - 1;
    return Math.max(least, await archive.seqBefore(timeNs));
  }

  /** However many there are, what waits for all of them stays bounded. */
  readonly #maxBufferedBytes = (): number => {
    const { maxBufferedBytes = MAX_BUFFERED, maxBufferedBytesOfAll = MAX_BUFFERED_OF_ALL } = this.#options;
    return Math.min(maxBufferedBytes, maxBufferedBytesOfAll / this.#clients.size);
  };

  readonly #formatTime = (timeNs: bigint): string => this.#timestamps.format(timeNs);

  readonly #flush = (): void => {
    this.#cancelFlush = undefined;
    for (const client of this.#clients) client.flush();
  };

  readonly #tick = (): void => {
    const { clock } = this.#options;
    this.#cancelTick = clock.after(TICK_MS, this.#tick);
    this.#tickMs = clock.nowMs();
    this.#counts.tick();
    const changes = this.#workspaces.tick(this.#tickMs);
    const node = this.nodeState();
    for (const client of this.#clients) {
      const { changed, removed } = client.allSeen ? changes : seenChanges(changes, client.visible);
      for (const message of workspaceMessages(false, changed, removed)) client.tellNews(message);
      client.tellNodeNews(client.allSeen ? node : this.#nodeFor(client));
      client.flush(true);
    }
  };

  #nodeFor({ allSeen, visible }: StreamClient): NodeState {
    if (allSeen) return this.nodeState();
    return { ...this.nodeState(visible, 1), sees: [...this.namespaces].filter(visible).sort() };
  }

  #tellWorkspaces(client: StreamClient): void {
    const workspaces = client.allSeen ? this.workspaces() : this.workspaces(client.visible);
    for (const message of workspaceMessages(true, workspaces, [])) client.tell(message);
  }

  #formatProcess(process: SnapshotProcess): string {
    const [, startNs = "0"] = process.id.split(".");
    return this.#options.formatter.formatProcess(process, this.#options.dateOfBoot(BigInt(startNs)));
  }
}

function seenChanges({ changed, removed }: WorkspaceChanges, visible: Visibility): WorkspaceChanges {
  return {
    changed: changed.filter(({ namespace }) => visible(namespace)),
    removed: removed.filter(({ namespace }) => visible(namespace)),
  };
}

/** What is to be told, in messages of a bounded size; none when it is nothing. */
function* workspaceMessages(
  all: boolean,
  changed: readonly WorkspaceState[],
  gone: WorkspaceChanges["removed"],
): Generator<WorkspacesMessage> {
  if (!all && changed.length + gone.length === 0) return;
  const removed = gone.map(({ id }) => id);
  yield { type: "workspaces", all, changed: changed.slice(0, WORKSPACES_A_MESSAGE), removed };
  for (let first = WORKSPACES_A_MESSAGE; first < changed.length; first += WORKSPACES_A_MESSAGE) {
    const part = changed.slice(first, first + WORKSPACES_A_MESSAGE);
    yield { type: "workspaces", all: false, changed: part, removed: [] };
  }
}
