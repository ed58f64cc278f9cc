import type { Labels } from "../../protocol/events.ts";
import type { GapMessage, SubscribeMessage } from "../../protocol/stream.ts";
import type { HistoryArchive, HistoryGap, OwnerTest } from "../history/historyArchive.ts";
import type { KeptEvent } from "./keptEvent.ts";
import type { RecentEvents } from "./recentEvents.ts";
import type { Sight } from "./sight.ts";

const UNKNOWN = { events: undefined, execs: undefined, firstTs: undefined, lastTs: undefined };

/** Where a replay finds what came before. */
export interface ReplayContext {
  readonly recent: RecentEvents;
  /** Events from before those in memory. */
  readonly archive: Pick<HistoryArchive, "workspaces" | "page" | "gaps" | "resolve"> | undefined;
  /** The number after which the events of the last so many ms begin. */
  readonly seqBeforeLast: (ms: number) => Promise<number>;
  /** Number of this run's first event. */
  readonly firstSeq: number;
  readonly latestSeq: () => number;
  readonly formatTime: (timeNs: bigint) => string;
}

/** Whom a replay tells. */
export interface ReplayReader {
  readonly sight: Sight;
  readonly matches: (labels: Labels) => boolean;
  /** Whether it is decided now; false where that failed, and nothing more is to be told. */
  readonly decide: (namespace: string | undefined) => Promise<boolean>;
  readonly isFull: () => boolean;
  readonly take: (event: KeptEvent) => void;
  readonly tellGap: (gap: Omit<GapMessage, "type">) => void;
  /** The replay was found to begin after this number. */
  readonly begins: (after: number) => void;
  /** There is nothing more to tell up to this number. */
  readonly passed: (seq: number) => void;
  /** All is told: the next event is the reader's own, from now on. */
  readonly caughtUp: () => void;
}

/** From this event on; or after what a reader saw, or the last so many ms. */
export type ReplayStart =
  { readonly from: number } | { readonly since: SubscribeMessage["since"]; readonly recentMs: number };

/** Tells one reader what came before, from the archive and from memory, as it has room, and gaps where events are nowhere. */
export class StreamReplay {
  readonly #context: ReplayContext;
  readonly #reader: ReplayReader;
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(context: ReplayContext, reader: ReplayReader) {
    this.#context = context;
    this.#reader = reader;
  }

  /** Nothing more is told. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** The reader has room again. */
  resume(): void {
    this.#wake();
  }

  /** Resolves when it is at its end or was ended. Rejects where what is in memory can't be read. */
  async run(start: ReplayStart): Promise<void> {
    const { recent, latestSeq } = this.#context;
    let next = "from" in start ? Math.max(1, start.from) : await this.#findStart(start);
    while (!this.#ended && next <= latestSeq()) {
      const oldest = recent.nextSeq(next) ?? latestSeq() + 1;
      if (next < oldest) {
        await this.#tellArchive(next, oldest);
        if (this.#isOver()) return;
        this.#reader.passed(oldest - 1);
        next = oldest;
        continue;
      }
      const events = await recent.read(next);
      if (!(await this.#tell(events))) return;
      next = (events.at(-1)?.seq ?? next - 1) + 1;
    }
    if (!this.#ended) this.#reader.caughtUp();
  }

  /** Finds out where it is to begin, which only the archive may know. */
  async #findStart({ since, recentMs }: Exclude<ReplayStart, { from: number }>): Promise<number> {
    const { archive, seqBeforeLast } = this.#context;
    let seen: number | undefined;
    try {
      if (since === undefined) seen = await seqBeforeLast(recentMs);
      else seen = await archive?.resolve(since.run, since.seq);
    } catch {
      // The archive can't be read: what is in memory is told.
    }
    if (this.#ended) return 0;
    if (seen === undefined && since !== undefined) {
      this.#reader.tellGap({ ...UNKNOWN, reason: "restarted", firstSeq: since.seq + 1, lastSeq: 0 });
    }
    this.#reader.begins(seen ?? 0);
    return (seen ?? 0) + 1;
  }

  /** The events from `first` on and before `end` that are not in memory any more; what is nowhere is told as a gap. */
  async #tellArchive(first: number, end: number): Promise<void> {
    const { archive } = this.#context;
    const { sight, matches, tellGap } = this.#reader;
    let after = first - 1;
    try {
      if (archive === undefined) throw new Error("there is no archive");
      for (const { namespace, labels } of await archive.workspaces()) {
        if (sight.sees(namespace) !== undefined || !matches(labels)) continue;
        if (!(await this.#reader.decide(namespace))) return;
      }
      const isMeant: OwnerTest = ({ labels, namespace }) => matches(labels) && sight.sees(namespace) === true;
      const gaps = await archive.gaps(after, end, isMeant);
      if (this.#ended) return;
      for (const gap of gaps) tellGap(this.#gapOf(gap));
      const query = {
        sinceNs: undefined,
        untilNs: undefined,
        before: end,
        order: "oldest",
        pattern: undefined,
      } as const;
      for (let done = false; !done;) {
        const page = await archive.page({ ...query, after }, isMeant);
        if (!(await this.#tell(page.events))) return;
        ({ done, through: after } = page);
      }
    } catch {
      if (this.#ended || after + 1 >= end) return;
      // How much others did is not told to who may not see it; of earlier runs not every number need be an event's.
      const counted = sight.all && after + 1 >= this.#context.firstSeq;
      const events = counted ? end - after - 1 : undefined;
      tellGap({ ...UNKNOWN, reason: "not_kept", firstSeq: after + 1, lastSeq: end - 1, events });
    }
  }

  /** Tells events as there is room for them; false when it was ended meanwhile. */
  async #tell(events: readonly KeptEvent[]): Promise<boolean> {
    if (this.#ended) return false;
    const { sight, matches } = this.#reader;
    for (const event of events) {
      if (this.#reader.isFull()) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        if (this.#isOver()) return false;
      }
      const { labels, namespace } = event;
      if (sight.sees(namespace) === undefined && matches(labels)) {
        if (!(await this.#reader.decide(namespace)) || this.#isOver()) return false;
      }
      this.#reader.take(event);
    }
    return true;
  }

  /** As `#ended`, which the compiler holds to be what it was before a wait. */
  #isOver(): boolean {
    return this.#ended;
  }

  #gapOf({ firstSeq, lastSeq, events, execs, firstNs, lastNs }: HistoryGap): Omit<GapMessage, "type"> {
    const { formatTime } = this.#context;
    const text = (timeNs: bigint | undefined): string | undefined =>
      timeNs === undefined ? undefined : formatTime(timeNs);
    const counted = execs !== undefined || this.#reader.sight.all ? events : undefined;
    const times = { firstTs: text(firstNs), lastTs: text(lastNs) };
    return { reason: "not_kept", firstSeq, lastSeq, events: counted, execs, ...times };
  }
}
