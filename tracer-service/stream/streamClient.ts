import { parseClientMessage } from "../../protocol/clientMessage.ts";
import type { Labels } from "../../protocol/events.ts";
import type {
  ClientMessage,
  GapMessage,
  HeadMessage,
  HistoryHead,
  NodeState,
  ServerMessage,
  SubscribeMessage,
} from "../../protocol/stream.ts";
import type { HistoryArchive } from "../history/historyArchive.ts";
import type { ClientTransport } from "./clientTransport.ts";
import type { KeptEvent } from "./keptEvent.ts";
import { matchFilter } from "./matchFilter.ts";
import type { Sight } from "./sight.ts";
import type { StreamObserver } from "./streamObserver.ts";
import { StreamReplay } from "./streamReplay.ts";
import type { ReplayContext, ReplayStart } from "./streamReplay.ts";
import type { Visibility } from "./visibility.ts";
import { WithheldEvents } from "./withheldEvents.ts";

const MAX_BATCH_UNITS = 262_144;
/** Subscriptions that may wait for a reader that is behind. */
const MAX_WAITING = 16;
/** WebSocket close code: the message breaks the rules. */
const POLICY_VIOLATION = 1008;
const INTERNAL_ERROR = 1011;
const TRY_AGAIN_LATER = 1013;

/** Events from before those in memory. */
export type StreamArchive = Pick<
  HistoryArchive,
  "workspaces" | "page" | "gaps" | "resolve" | "seqBefore" | "compareHead"
>;

/** What a client needs of its hub. */
export interface ClientContext extends ReplayContext {
  readonly run: string;
  readonly archive: StreamArchive | undefined;
  /** More than this waits for no client. */
  readonly maxBufferedBytes: () => number;
  readonly snapshot: (
    matches: (labels: Labels) => boolean,
    visible: Visibility,
  ) => {
    readonly lines: readonly string[];
    readonly omitted: number;
  };
  /** A batch waits: `flush` is to be called soon. */
  readonly wantFlush: () => void;
  readonly countGap: () => void;
  /** An event is withheld from a client that reads too slowly. */
  readonly countWithheld: () => void;
  /** Tells the client node and workspaces as they are now. */
  readonly tellState: (client: StreamClient) => void;
  readonly forget: (client: StreamClient) => void;
}

/** One connection: what it may see, its filter, its replay, its batches, and what was withheld because it reads slowly. */
export class StreamClient {
  readonly #transport: ClientTransport;
  readonly #sight: Sight;
  readonly #observer: StreamObserver;
  readonly #context: ClientContext;
  #mode: "quiet" | "replay" | "live" | "closed" = "quiet";
  #matches: (labels: Labels) => boolean = () => false;
  #batch: KeptEvent[] = [];
  #batchUnits = 0;
  #through = 0;
  #told = 0;
  #withheld: WithheldEvents | undefined;
  /** News of node or workspaces were left out while the transport was full. */
  #missedNews = false;
  #toldNode = "";
  #waiting: SubscribeMessage[] = [];
  #replay: StreamReplay | undefined;

  constructor(
    transport: ClientTransport,
    { sight, observer }: { readonly sight: Sight; readonly observer: StreamObserver },
    context: ClientContext,
  ) {
    this.#transport = transport;
    this.#sight = sight;
    this.#observer = observer;
    this.#context = context;
  }

  get allSeen(): boolean {
    return this.#sight.all;
  }

  /** What it may see as far as that is decided. What turns up undecided is asked for, and then told. */
  readonly visible: Visibility = (namespace) => {
    const seen = this.#sight.sees(namespace);
    if (seen === undefined) void this.#decideThenTell(namespace);
    return seen === true;
  };

  /** UTF-16 units that wait in the batch, and bytes that wait in the transport. */
  get queuedBytes(): number {
    return this.#batchUnits + this.#transport.bufferedBytes;
  }

  /** So much waits for it that events are withheld. */
  get behind(): boolean {
    return this.#withheld !== undefined || this.#isFull();
  }

  /** Takes a message; a wrong one closes this connection with a reason. */
  receive(text: string): void {
    if (this.#mode === "closed") return;
    let message: ClientMessage;
    try {
      message = parseClientMessage(text);
    } catch (error) {
      this.#close(POLICY_VIOLATION, error instanceof Error ? error.message : "wrong message");
      return;
    }
    if (message.type === "checkHead") {
      void this.#answerHead(message.head);
      return;
    }
    if (message.type === "unsubscribe") {
      this.#unsubscribe();
      this.#observer.unsubscribed();
      return;
    }
    if (this.#waiting.length >= MAX_WAITING) {
      this.#close(POLICY_VIOLATION, "too many subscriptions: read what was sent before you ask for more");
      return;
    }
    this.#waiting.push(message);
    this.#answerWaiting();
  }

  async #answerHead(head: HistoryHead): Promise<void> {
    let answer: HeadMessage["answer"] = "unknown";
    try {
      answer = (await this.#context.archive?.compareHead(head)) ?? answer;
    } catch {
      // The history can't be read, and that is the answer.
    }
    if (this.#mode !== "closed") this.tell({ type: "head", head, answer });
  }

  /** The transport has room again. */
  drained(): void {
    if (this.#mode === "closed" || this.#isFull()) return;
    if (this.#missedNews) {
      this.#missedNews = false;
      this.#context.tellState(this);
    }
    this.#answerWaiting();
    this.#replay?.resume();
    this.flush();
  }

  /** It may see more or less than before: what waits and is not to be seen any more is dropped. */
  sightChanged(): void {
    if (this.#mode === "closed") return;
    this.#batch = this.#batch.filter(({ namespace }) => this.#sight.sees(namespace) === true);
    this.#batchUnits = this.#batch.reduce((sum, { line }) => sum + line.length, 0);
    if (this.#isFull()) this.#missedNews = true;
    else this.#context.tellState(this);
  }

  /** The connection is gone. */
  closed(): void {
    this.#mode = "closed";
    this.#replay?.end();
    this.#context.forget(this);
  }

  tell(message: ServerMessage): void {
    if (this.#mode !== "closed") this.#transport.send(`${JSON.stringify(message)}\n`);
  }

  /** Tells what a later message makes obsolete: a reader that is behind gets the latest state instead. */
  tellNews(message: ServerMessage): void {
    if (this.#isFull()) this.#missedNews = true;
    else this.tell(message);
  }

  /** Tells the node where it is another than the one told last. */
  tellNodeNews(node: NodeState): void {
    const json = JSON.stringify(node);
    if (json === this.#toldNode) return;
    this.#toldNode = json;
    this.tellNews({ type: "node", node });
  }

  /** A new event, in order. One in replay reads it from the history instead. */
  event(event: KeptEvent): void {
    if (this.#mode !== "live") return;
    // It waits in the history until it is known whether this reader may see it.
    if (this.#isUndecided(event)) this.#startReplay({ from: event.seq });
    else this.#take(event);
  }

  /** Sends what waits; with `idle` also how far the filter has seen. */
  flush(idle = false): void {
    if (this.#mode === "closed" || this.#isFull()) return;
    if (this.#batch.length > 0 || (idle && this.#through > this.#told)) {
      // What is withheld comes after the batch, and `through` must not claim it.
      const through = this.#withheld === undefined ? this.#through : this.#withheld.firstSeq - 1;
      this.#sendBatch(through);
    }
    this.#tellWithheld();
  }

  /** Each subscription is answered, but only the last one has a snapshot, and only once there is room for it. */
  #answerWaiting(): void {
    if (this.#waiting.length === 0 || this.#isFull()) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#unsubscribe();
    for (const message of waiting) {
      const { filter } = message;
      this.tell({ type: "subscribed", filter, latestSeq: this.#context.latestSeq() });
      if (waiting.at(-1) === message) this.#subscribe(message);
    }
  }

  #subscribe({ filter, since, recentMs }: SubscribeMessage): void {
    const { run, latestSeq, snapshot } = this.#context;
    this.#observer.subscribed(filter, since?.seq);
    this.#matches = matchFilter(filter);
    const latest = latestSeq();
    const { lines, omitted } = snapshot(this.#matches, this.visible);
    this.#transport.send(
      `${JSON.stringify({ type: "snapshot", count: lines.length, omitted })}\n${lines.join("")}`,
    );
    this.#through = this.#told = latest;
    if (since?.run === run) {
      this.#through = this.#told = Math.min(since.seq, latest);
      this.#startReplay({ from: this.#through + 1 });
    } else if (since !== undefined || recentMs !== undefined) {
      this.#through = this.#told = 0;
      this.#startReplay({ since, recentMs: recentMs ?? 0 });
    } else this.#mode = "live";
  }

  #startReplay(start: ReplayStart): void {
    this.#mode = "replay";
    this.#replay?.end();
    this.#replay = new StreamReplay(this.#context, {
      sight: this.#sight,
      matches: this.#matches,
      decide: (namespace) => this.#decide(namespace),
      isFull: () => this.#isFull(),
      take: (event) => {
        this.#take(event);
      },
      tellGap: (gap) => {
        this.#tellGap(gap);
      },
      begins: (after) => {
        this.#through = this.#told = after;
      },
      passed: (seq) => {
        this.#through = Math.max(this.#through, seq);
      },
      caughtUp: () => {
        this.#mode = "live";
        this.flush(true);
      },
    });
    void this.#replay.run(start).catch(() => {
      this.#close(INTERNAL_ERROR, "could not replay the events kept");
    });
  }

  #unsubscribe(): void {
    if (this.#batch.length > 0)
      this.#sendBatch(this.#withheld === undefined ? this.#through : this.#withheld.firstSeq - 1);
    this.#tellWithheld();
    this.#replay?.end();
    this.#mode = "quiet";
  }

  #take(event: KeptEvent): void {
    this.#through = event.seq;
    if (!this.#matches(event.labels) || this.#sight.sees(event.namespace) !== true) return;
    if (this.#withheld !== undefined || this.#isFull()) {
      this.#withhold(event);
      return;
    }
    this.#batch.push(event);
    this.#batchUnits += event.line.length;
    if (this.#batchUnits >= MAX_BATCH_UNITS) this.#sendBatch(this.#through);
    else this.#context.wantFlush();
  }

  #withhold(event: KeptEvent): void {
    this.#context.countWithheld();
    if (this.#withheld === undefined) this.#withheld = new WithheldEvents(event);
    else this.#withheld.add(event);
  }

  #tellWithheld(): void {
    const withheld = this.#withheld;
    if (withheld === undefined) return;
    this.#withheld = undefined;
    this.#tellGap(withheld.gap(this.#context.formatTime));
  }

  #tellGap(gap: Omit<GapMessage, "type">): void {
    this.#context.countGap();
    this.tell({ type: "gap", ...gap });
  }

  #sendBatch(through: number): void {
    const header = JSON.stringify({ type: "events", count: this.#batch.length, through });
    let lines = "";
    for (const { line } of this.#batch) lines += line;
    this.#transport.send(`${header}\n${lines}`);
    if (this.#batch.length > 0) this.#observer.told(this.#batch);
    this.#told = through;
    this.#batch = [];
    this.#batchUnits = 0;
  }

  #isUndecided({ labels, namespace }: KeptEvent): boolean {
    return this.#sight.sees(namespace) === undefined && this.#matches(labels);
  }

  async #decideThenTell(namespace: string | undefined): Promise<void> {
    if ((await this.#decide(namespace)) && this.#sight.sees(namespace) === true) this.sightChanged();
  }

  /** Whether it is decided now; where that fails the connection is closed, since it may be a refusal. */
  async #decide(namespace: string | undefined): Promise<boolean> {
    try {
      await this.#sight.decide(namespace);
      return true;
    } catch (error) {
      this.#close(TRY_AGAIN_LATER, error instanceof Error ? error.message : "permissions can't be checked");
      return false;
    }
  }

  #isFull(): boolean {
    return this.#transport.bufferedBytes > this.#context.maxBufferedBytes();
  }

  #close(code: number, reason: string): void {
    if (this.#mode === "closed") return;
    this.#transport.close(code, reason);
    this.closed();
  }
}
