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
  readonly lines: string;
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
  #queue: StreamFrame[] = [];
  #sinkBusy = false;
  #paused = false;
  #disposed = false;

  constructor(filter: StreamFilter, sink: EventSink, onDispose: () => void) {
    this.#filter = filter;
    this.#sink = sink;
    this.#onDispose = onDispose;
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

  /** What passes only the new filter comes from the beginning of what is kept; readers know execs by their id. */
  setFilter(filter: StreamFilter): void {
    if (this.#disposed || isSameFilter(this.#filter, filter)) return;
    if (this.#place !== undefined && !narrowsFilter(this.#filter, filter)) {
      this.#place = { run: this.#place.run, seq: 0 };
    }
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
    const since = this.#place ?? { run: link.run, seq: 0 };
    link.send({ type: "subscribe", filter: this.#filter, since });
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
        const seq = header.reason === "restarted" ? 0 : header.lastSeq;
        this.#moveTo(run, seq);
        this.#sink.gap(header);
        return;
      }
      case "events":
        this.#moveTo(run, header.through);
        break;
      case "snapshot":
        break;
    }
    if (lines === "") return;
    this.#sinkBusy = true;
    const done = (): void => {
      this.#sinkBusy = false;
      this.#drain();
    };
    this.#sink.events(lines).then(done, done);
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
