import type {
  ClientMessage,
  EventsHeader,
  GapMessage,
  SnapshotHeader,
  StreamFilter,
  SubscribeMessage,
} from "../../protocol/stream.ts";
import { isSameFilter, narrowsFilter } from "../filter/narrowsFilter.ts";
import type { EventSink, EventSubscription } from "./eventSource.ts";

/** How much of the past a stream opens with. */
export const RECENT_MS = 900_000;

const NEWLINE = 0x0a;
const utf8 = new TextDecoder();

/** The connection that a subscription uses now. */
export interface StreamLink {
  /** Of the service at the other end. */
  readonly run: string;
  send(message: ClientMessage): void;
  pause(): void;
  resume(): void;
}

/** A frame that belongs to a subscription, as it came. */
export interface StreamFrame {
  readonly header: SnapshotHeader | EventsHeader | GapMessage;
  readonly lines: Uint8Array<ArrayBuffer>;
}

/**
 * One reader's place in a service's events. It survives lost connections: on the next one it continues after what the
 * sink was given. While the sink is busy the connection is paused.
 */
export class StreamSubscription implements EventSubscription {
  readonly #sink: EventSink;
  readonly #onDispose: () => void;
  #filter: StreamFilter;
  #link: StreamLink | undefined;
  /** What the sink was given. */
  #place: SubscribeMessage["since"];
  #earliestSeq: number | undefined;
  #queue: StreamFrame[] = [];
  /** The run of which it was told that processes are left out. */
  #omittedOf: string | undefined;
  #sinkBusy = false;
  #paused = false;
  #disposed = false;

  constructor(filter: StreamFilter, sink: EventSink, onDispose: () => void) {
    this.#filter = filter;
    this.#sink = sink;
    this.#onDispose = onDispose;
  }

  /** As `EventSubscription`. */
  get earliestSeq(): number | undefined {
    return this.#earliestSeq;
  }

  /** Begins or continues on a connection whose service has said hello. */
  attach(link: StreamLink): void {
    this.detach();
    this.#link = link;
    this.#request(link);
  }

  /** The connection has gone; what the sink did not get yet will be asked for again. */
  detach(): void {
    this.#link = undefined;
    this.#queue = [];
    this.#paused = false;
  }

  /** What passes only the new filter comes for the last minutes, as at the beginning; readers know execs by their id. */
  setFilter(filter: StreamFilter): void {
    if (this.#disposed || isSameFilter(this.#filter, filter)) return;
    if (!narrowsFilter(this.#filter, filter)) this.#place = this.#earliestSeq = undefined;
    this.#filter = filter;
    if (this.#link === undefined) return;
    this.#queue = [];
    this.#request(this.#link);
    this.#resumeWhenEmpty();
  }

  /** Takes a frame that answers this subscription's latest request. */
  receive(frame: StreamFrame): void {
    if (this.#link === undefined) return;
    this.#queue.push(frame);
    if (this.#sinkBusy && !this.#paused) {
      this.#paused = true;
      this.#link.pause();
    }
    this.#drain();
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    const link = this.#link;
    const paused = this.#paused;
    this.detach();
    link?.send({ type: "unsubscribe" });
    // Workspaces and node are still told on this connection.
    if (paused) link?.resume();
    this.#onDispose();
  }

  #request(link: StreamLink): void {
    const since = this.#place;
    const recent = since === undefined ? { recentMs: RECENT_MS } : {};
    link.send({ type: "subscribe", filter: this.#filter, since, ...recent });
  }

  #drain(): void {
    while (!this.#sinkBusy && this.#link !== undefined) {
      const frame = this.#queue.shift();
      if (frame === undefined) break;
      this.#give(frame, this.#link.run);
    }
    this.#resumeWhenEmpty();
  }

  #give({ header, lines }: StreamFrame, run: string): void {
    switch (header.type) {
      case "gap": {
        // Numbers of an earlier run say nothing about this one.
        if (header.reason === "restarted") this.#place = undefined;
        // What is not kept may lie between events that are still to come.
        if (header.reason === "slow_reader") this.#moveTo(run, header.lastSeq);
        this.#sink.gap(header);
        return;
      }
      case "events":
        this.#moveTo(run, header.through);
        this.#earliestSeq ??= firstSeq(lines) ?? header.through + 1;
        break;
      case "snapshot":
        this.#tellOmitted(run, header.omitted);
        break;
    }
    if (lines.length === 0) return;
    this.#sinkBusy = true;
    const done = (): void => {
      this.#sinkBusy = false;
      this.#drain();
    };
    this.#sink.events(lines).then(done, done);
  }

  /** Once for each run: every reconnect brings a snapshot again. */
  #tellOmitted(run: string, count: number): void {
    if (count === 0 || this.#omittedOf === run) return;
    this.#omittedOf = run;
    const unknown = { execs: undefined, firstTs: undefined, lastTs: undefined };
    this.#sink.gap({ type: "gap", reason: "untold", firstSeq: 0, lastSeq: 0, events: count, ...unknown });
  }

  #moveTo(run: string, seq: number): void {
    const from = this.#place?.run === run ? this.#place.seq : 0;
    this.#place = { run, seq: Math.max(from, seq) };
  }

  #resumeWhenEmpty(): void {
    if (!this.#paused || this.#sinkBusy || this.#queue.length > 0) return;
    this.#paused = false;
    this.#link?.resume();
  }
}

/** In a log line quotes in texts are escaped, and no other key of this name has a number. */
function firstSeq(lines: Uint8Array): number | undefined {
  const end = lines.indexOf(NEWLINE);
  const line = utf8.decode(end < 0 ? lines : lines.subarray(0, end));
  const [, seq] = /[{,]"seq":(\d{1,15})[,}]/.exec(line) ?? [];
  return seq === undefined ? undefined : Number(seq);
}
