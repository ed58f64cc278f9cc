import type { DatabaseSync, StatementSync } from "node:sqlite";

import type { Labels, TracerEvent } from "../../protocol/events.ts";
import type { HistoryHead } from "../../protocol/stream.ts";
import { commandOfLine } from "./commandOfLine.ts";
import { compileCommandPattern, type CommandMatcher, type CommandPattern } from "./commandPattern.ts";
import { decodeChunk, type ChunkEvent } from "./historyChunk.ts";
import { HistoryError, isDamage } from "./historyError.ts";
import { hasForgotten } from "./historySchema.ts";
import { openHistoryForReading } from "./openHistory.ts";

/** A workspace that has, or had, events in the history. */
export interface HistoryWorkspace {
  readonly id: number;
  readonly labels: Labels;
  readonly namespace: string | undefined;
  /** What was removed to make room, or because it was too old; undefined when nothing was. */
  readonly removed: RemovedEvents | undefined;
}

/** Events that were removed: numbers from first to last, though not all of them. */
export interface RemovedEvents {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly events: number;
  readonly execs: number;
  /** ns since 1970 UTC. */
  readonly firstNs: bigint;
  readonly lastNs: bigint;
}

/** Which events are wanted, and which part of them is next. */
export interface HistoryQuery {
  /** Ids; undefined for all. */
  readonly workspaces: readonly number[] | undefined;
  /** Wall clock, ns since 1970 UTC: from the first on, and before the second. */
  readonly sinceNs: bigint | undefined;
  readonly untilNs: bigint | undefined;
  /** Sequence numbers between these two, both exclusive. */
  readonly after: number;
  readonly before: number;
  readonly order: "oldest" | "newest";
  /** With one, only execs are wanted. */
  readonly pattern: CommandPattern | undefined;
}

/** Events of the history in the order asked for. */
export interface HistoryPage {
  readonly events: readonly HistoryEvent[];
  /** Everything up to here, or with the newest first down to here, has been looked at. */
  readonly through: number;
  /** Nothing is left to look at. */
  readonly done: boolean;
}

/** One event as the history has it. */
export interface HistoryEvent {
  readonly seq: number;
  readonly timeNs: bigint;
  readonly type: TracerEvent["type"];
  readonly workspace: number;
  /** Its log line, with newline. */
  readonly line: string;
}

/** How much a page may hold, and how much may be looked at for it, and for how long, ms; it is one batch at least. */
export interface PageLimits {
  readonly events: number;
  readonly bytes: number;
  readonly scannedBytes: number;
  readonly ms: number;
}

/** Some patterns take half a second for a MiB of lines that nearly match: whoever waits for the same thread gets turns all the same. */
const PAGE_LIMITS: PageLimits = { events: 1_000, bytes: 1_048_576, scannedBytes: 16_777_216, ms: 250 };
const DAMAGED = "the history is damaged and can't be read to its end";
const LARGEST_NS = 9_223_372_036_854_775_807n;

interface ChunkRow {
  readonly id: bigint;
  readonly batch: bigint;
  readonly workspace: bigint;
}

/** Reads the history page by page; the writer goes on meanwhile. */
export class HistoryReader {
  readonly #database: DatabaseSync;
  readonly #dictionary: Buffer;
  readonly #oldest: StatementSync;
  readonly #newest: StatementSync;
  readonly #data: StatementSync;
  #matcher: { readonly key: string; readonly matcher: CommandMatcher | undefined } | undefined;

  /** Throws `HistoryError` when the file is no history that can be read. */
  constructor(file: string) {
    const database = openHistoryForReading(file);
    this.#database = database;
    const dictionary = database.prepare("SELECT value FROM meta WHERE key = 'dictionary'").get()?.["value"];
    if (!(dictionary instanceof Uint8Array)) throw new HistoryError("damaged", `${file} has no dictionary`);
    this.#dictionary = Buffer.from(dictionary);
    const chunks = (batches: string, direction: string): StatementSync => {
      const statement = database.prepare(
        `SELECT id, batch, workspace FROM chunk WHERE ${batches} AND first_ns < ? AND last_ns >= ?
          AND (? OR workspace IN (SELECT value FROM json_each(?))) ORDER BY batch ${direction}`,
      );
      statement.setReadBigInts(true);
      return statement;
    };
    this.#oldest = chunks(
      "batch >= (SELECT id FROM batch WHERE last_seq > ? ORDER BY last_seq LIMIT 1)",
      "ASC",
    );
    this.#newest = chunks(
      `batch <= coalesce((SELECT id FROM batch WHERE last_seq >= ? - 1 ORDER BY last_seq LIMIT 1),
        (SELECT max(id) FROM batch))`,
      "DESC",
    );
    this.#data = database.prepare("SELECT first_seq, data FROM chunk WHERE id = ?");
    this.#data.setReadBigInts(true);
  }

  /** Numbers of the first and the last event that are kept; 0 and 0 when there is none. */
  range(): { readonly oldestSeq: number; readonly latestSeq: number } {
    const oldest = this.#database.prepare(
      "SELECT min(first_seq) AS seq FROM chunk WHERE batch = (SELECT min(batch) FROM chunk)",
    );
    const latest = this.#database.prepare("SELECT max(last_seq) AS seq FROM batch");
    return { oldestSeq: Number(oldest.get()?.["seq"] ?? 0), latestSeq: Number(latest.get()?.["seq"] ?? 0) };
  }

  workspaces(): HistoryWorkspace[] {
    const statement = this.#database.prepare("SELECT * FROM workspace ORDER BY id");
    statement.setReadBigInts(true);
    return statement.all().map((row) => ({
      id: Number(row["id"]),
      labels: JSON.parse(String(row["labels"])) as Labels,
      namespace: row["namespace"] === null ? undefined : String(row["namespace"]),
      removed: Number(row["removed_events"]) === 0 ? undefined : removedOf(row),
    }));
  }

  /** What was removed of workspaces whose names are not known any more; undefined where that is nothing. */
  forgotten(): { readonly firstSeq: number; readonly lastSeq: number; readonly events: number } | undefined {
    if (!hasForgotten(this.#database)) return undefined;
    const row = this.#database
      .prepare("SELECT min(first_seq) AS first, max(last_seq) AS last, sum(events) AS events FROM forgotten")
      .get();
    if (row === undefined || row["events"] === null) return undefined;
    return { firstSeq: Number(row["first"]), lastSeq: Number(row["last"]), events: Number(row["events"]) };
  }

  /** Ranges of numbers that were never written, or (`forgotten`) in which nobody knows any more whose were removed. */
  missing(): { readonly firstSeq: number; readonly lastSeq: number; readonly reason: string }[] {
    const missing = this.#database
      .prepare("SELECT * FROM missing ORDER BY first_seq")
      .all()
      .map((row) => ({
        firstSeq: Number(row["first_seq"]),
        lastSeq: Number(row["last_seq"]),
        reason: String(row["reason"]),
      }));
    const forgotten = this.forgotten();
    return forgotten === undefined ? missing : [{ ...forgotten, reason: "forgotten" }, ...missing];
  }

  /**
   * The number after which a client has to be told, that has seen a run's events up to `seq`; undefined for a run that
   * the history does not know. An earlier version of the service, after a crash, gave numbers again of what was printed
   * and not stored: these are not counted as seen.
   */
  resolve(run: string, seq: number): number | undefined {
    const known = this.#database.prepare("SELECT id FROM run WHERE name = ?").get(run)?.["id"];
    if (known === undefined) return undefined;
    const next = this.#database
      .prepare("SELECT first_seq, adopted FROM run WHERE id > ? ORDER BY id LIMIT 1")
      .get(Number(known));
    if (next === undefined || Number(next["adopted"]) === 1) return seq;
    return Math.min(seq, Number(next["first_seq"]) - 1);
  }

  /** Whether the chain goes on from a head that was told earlier. */
  compareHead({ seq, hash }: HistoryHead): "extends" | "differs" | "not_kept" {
    if (seq === 0) return "extends";
    const next = this.#database
      .prepare(
        "SELECT id, first_seq, last_seq, hash FROM batch WHERE last_seq >= ? ORDER BY last_seq LIMIT 1",
      )
      .get(seq);
    if (next === undefined) return "differs";
    const hashOf = (value: unknown): string =>
      value instanceof Uint8Array ? Buffer.from(value).toString("hex") : "";
    if (Number(next["last_seq"]) === seq) return hashOf(next["hash"]) === hash ? "extends" : "differs";
    // Within a batch no head ever was.
    if (Number(next["first_seq"]) <= seq) return "differs";
    const cut = this.#database
      .prepare("SELECT last_hash FROM cut WHERE last_batch = ?")
      .get(Number(next["id"]) - 1);
    if (cut === undefined) return "differs";
    return hashOf(cut["last_hash"]) === hash ? "extends" : "not_kept";
  }

  /** The number of the last event before a time; 0 when there is none. */
  seqBefore(timeNs: bigint): number {
    const first = this.#database
      .prepare(
        "SELECT min(first_seq) AS seq FROM chunk WHERE batch = (SELECT min(batch) FROM chunk WHERE last_ns >= ?)",
      )
      .get(timeNs)?.["seq"];
    return typeof first === "number" ? first - 1 : this.range().latestSeq;
  }

  /** The next part of what a query asks for. Throws one line for a pattern that is not understood, or damage. */
  page(query: HistoryQuery, limits: Partial<PageLimits> = {}): HistoryPage {
    try {
      return this.#page(query, { ...PAGE_LIMITS, ...limits });
    } catch (error) {
      if (!isDamage(error)) throw error;
      throw new HistoryError("damaged", DAMAGED, { cause: error });
    }
  }

  close(): void {
    this.#database.close();
  }

  #page(query: HistoryQuery, limits: PageLimits): HistoryPage {
    const oldestFirst = query.order === "oldest";
    const matcher = this.#matcherOf(query.pattern);
    const rows = (oldestFirst ? this.#oldest : this.#newest).iterate(
      oldestFirst ? query.after : query.before,
      query.untilNs ?? LARGEST_NS,
      query.sinceNs ?? -LARGEST_NS,
      query.workspaces === undefined ? 1 : 0,
      JSON.stringify(query.workspaces ?? []),
    );
    const page: HistoryEvent[] = [];
    const endMs = performance.now() + limits.ms;
    let [bytes, scanned] = [0, 0];
    let batch: HistoryEvent[] = [];
    let batchId: bigint | undefined;
    let through = oldestFirst ? query.after : query.before;
    // A batch is whole in itself, and those of its events that are wanted are put in order here.
    const endBatch = (): boolean => {
      batch.sort((a, b) => (oldestFirst ? a.seq - b.seq : b.seq - a.seq));
      for (const event of batch) {
        if (page.length >= limits.events || (bytes + event.line.length > limits.bytes && page.length > 0)) {
          return false;
        }
        page.push(event);
        bytes += event.line.length;
        through = event.seq;
      }
      if (batchId !== undefined) through = this.#edgeOf(batchId, oldestFirst) ?? through;
      batch = [];
      const isFull = page.length >= limits.events || bytes >= limits.bytes;
      return !isFull && scanned < limits.scannedBytes && performance.now() < endMs;
    };
    for (const each of rows) {
      const row = each as unknown as ChunkRow;
      if (row.batch !== batchId) {
        if (batchId !== undefined && !endBatch()) return { events: page, through, done: false };
        batchId = row.batch;
      }
      scanned += this.#readChunk(row, query, matcher, batch);
    }
    const whole = endBatch();
    if (!whole && batch.length > 0) return { events: page, through, done: false };
    return { events: page, through, done: true };
  }

  /** Where the next page goes on after all of a batch. */
  #edgeOf(batch: bigint, oldestFirst: boolean): number | undefined {
    const row = this.#database.prepare("SELECT first_seq, last_seq FROM batch WHERE id = ?").get(batch);
    return row === undefined ? undefined : Number(oldestFirst ? row["last_seq"] : row["first_seq"]);
  }

  /** Adds a chunk's events that are wanted to `into`; returns how many bytes were looked at. */
  #readChunk(
    row: ChunkRow,
    query: HistoryQuery,
    matcher: CommandMatcher | undefined,
    into: HistoryEvent[],
  ): number {
    const found = this.#data.get(row.id);
    // Removed in this moment.
    if (found === undefined) return 0;
    const { bytes, events } = this.#decode(found);
    if (matcher?.mayMatch(bytes) === false) return bytes.length;
    for (const event of events) {
      if (!isWanted(event, query)) continue;
      if (matcher !== undefined) {
        if (event.type !== "exec") continue;
        const command = commandOfLine(bytes, event.start, event.end);
        if (command === undefined || !matcher.matches(command)) continue;
      }
      const { seq, timeNs, type, start, end } = event;
      into.push({
        seq,
        timeNs,
        type,
        workspace: Number(row.workspace),
        line: bytes.toString("utf8", start, end),
      });
    }
    return bytes.length;
  }

  /** SQLite does not see what is wrong in the middle of a long value. */
  #decode(row: Record<string, unknown>): ReturnType<typeof decodeChunk> {
    try {
      return decodeChunk(row["data"] as Uint8Array, Number(row["first_seq"]), this.#dictionary);
    } catch (cause) {
      throw new HistoryError("damaged", DAMAGED, { cause });
    }
  }

  #matcherOf(pattern: CommandPattern | undefined): CommandMatcher | undefined {
    const key = JSON.stringify(pattern ?? null);
    if (this.#matcher?.key !== key) {
      this.#matcher = { key, matcher: pattern && compileCommandPattern(pattern) };
    }
    return this.#matcher.matcher;
  }
}

function isWanted({ seq, timeNs }: ChunkEvent, { after, before, sinceNs, untilNs }: HistoryQuery): boolean {
  return (
    seq > after &&
    seq < before &&
    (sinceNs === undefined || timeNs >= sinceNs) &&
    (untilNs === undefined || timeNs < untilNs)
  );
}

function removedOf(row: Record<string, unknown>): RemovedEvents {
  return {
    firstSeq: Number(row["removed_first_seq"]),
    lastSeq: Number(row["removed_last_seq"]),
    events: Number(row["removed_events"]),
    execs: Number(row["removed_execs"]),
    firstNs: row["removed_first_ns"] as bigint,
    lastNs: row["removed_last_ns"] as bigint,
  };
}
