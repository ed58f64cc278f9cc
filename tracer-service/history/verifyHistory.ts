import type { DatabaseSync } from "node:sqlite";

import { chainHash, decodeDigests, digestOf, GENESIS, type ChunkDigest } from "./historyChain.ts";
import { decodeChunk, type ChunkEvent } from "./historyChunk.ts";
import { chunkId, hasForgotten, type ChunkRow } from "./historySchema.ts";
import { verifySeals, type SealVerdict } from "./verifySeals.ts";

/** What a history is compared with. */
export interface VerifyOptions {
  /** The key that was shown when the history was sealed first. */
  readonly firstKey: Uint8Array | undefined;
  /** Epoch of the key in the state directory; undefined elsewhere. */
  readonly keyEpoch: number | undefined;
  /** Heads that were noted before: the hash of the batch that ends with this number. */
  readonly heads: readonly { readonly seq: number; readonly hash: string }[];
}

/** What was found. */
export interface HistoryVerdict {
  /** One line each; empty when everything is as it was written. */
  readonly problems: readonly string[];
  readonly batches: number;
  readonly events: number;
  /** Events that were removed to make room, or because they were too old. */
  readonly removed: number;
  /** Numbers of the first and the last event, and the hash that covers them all. */
  readonly head: { readonly seq: number; readonly hash: string };
  /** Noted heads whose batch is not kept any more. */
  readonly unchecked: readonly number[];
  readonly seals: SealVerdict;
}

/** More are of no use to anybody. */
const MAX_PROBLEMS = 100;

/** Follows the chain of a history from its first batch to its last, and looks at everything that it covers. */
export function verifyHistory(database: DatabaseSync, options: VerifyOptions): HistoryVerdict {
  return new Verification(database, options).run();
}

interface BatchRow {
  readonly id: bigint;
  readonly run: bigint;
  readonly first_seq: bigint;
  readonly last_seq: bigint;
  readonly last_ns: bigint;
  readonly ring: string;
  readonly position: bigint;
  readonly chunks: Uint8Array;
  readonly hash: Uint8Array;
}

type ChunkWithData = ChunkRow & { readonly data: Uint8Array };

interface KnownWorkspace {
  readonly labels: string;
  readonly namespace: string | undefined;
  readonly removedLast: number;
}

class Verification {
  readonly #database: DatabaseSync;
  readonly #options: VerifyOptions;
  readonly #problems: string[] = [];
  readonly #dictionary: Buffer;
  readonly #workspaces = new Map<number, KnownWorkspace>();
  #batches = 0;
  #events = 0;

  constructor(database: DatabaseSync, options: VerifyOptions) {
    this.#database = database;
    this.#options = options;
    const dictionary = database.prepare("SELECT value FROM meta WHERE key = 'dictionary'").get()?.["value"];
    this.#dictionary = Buffer.from(dictionary instanceof Uint8Array ? dictionary : []);
    for (const row of database
      .prepare("SELECT id, labels, namespace, removed_last_seq AS last FROM workspace")
      .iterate()) {
      const namespace = row["namespace"] === null ? undefined : String(row["namespace"]);
      const removedLast = Number(row["last"] ?? 0);
      this.#workspaces.set(Number(row["id"]), { labels: String(row["labels"]), namespace, removedLast });
    }
  }

  run(): HistoryVerdict {
    const hashes = new Map<number, string>();
    let [id, seq, hash]: [number, number, Uint8Array] = [0, 0, GENESIS];
    const statement = this.#database.prepare("SELECT * FROM batch ORDER BY id");
    statement.setReadBigInts(true);
    for (const row of statement.iterate()) {
      const batch = row as unknown as BatchRow;
      const previous = this.#previousHash(id, Number(batch.id), hash);
      const isCut = Number(batch.id) !== id + 1;
      if (!isCut || id === 0) this.#checkNumbers(isCut ? undefined : seq, batch);
      this.#checkBatch(batch, previous);
      [id, seq, hash] = [Number(batch.id), Number(batch.last_seq), batch.hash];
      hashes.set(seq, hexOf(hash));
      this.#batches++;
    }
    this.#checkOrphans();
    this.#checkMissing();
    const cuts = this.#database.prepare("SELECT 1 FROM cut LIMIT 1").get() !== undefined;
    const unchecked: number[] = [];
    for (const head of this.#options.heads) {
      const found = hashes.get(head.seq);
      if (found !== undefined && !found.startsWith(head.hash)) {
        this.#tell(`the head ${String(head.seq)} has another hash: the history was written anew`);
      } else if (found === undefined && cuts && head.seq < seq) unchecked.push(head.seq);
      else if (found === undefined) {
        this.#tell(
          `the head ${String(head.seq)} is not in this history: its end was cut off, or it is another one`,
        );
      }
    }
    const { firstKey, keyEpoch } = this.#options;
    const seals = verifySeals(this.#database, { firstKey, keyEpoch, lastBatch: id });
    for (const problem of seals.problems) this.#tell(problem);
    const sum = (query: string): number => Number(this.#database.prepare(query).get()?.["sum"] ?? 0);
    const removed =
      sum("SELECT sum(removed_events) AS sum FROM workspace") +
      (hasForgotten(this.#database) ? sum("SELECT sum(events) AS sum FROM forgotten") : 0);
    return {
      ...{
        problems: this.#problems,
        batches: this.#batches,
        events: this.#events,
        removed,
      },
      ...{ head: { seq, hash: hexOf(hash) }, unchecked, seals },
    };
  }

  /** The hash that a batch extends: that of the one before, or of batches that were removed between. */
  #previousHash(before: number, id: number, hash: Uint8Array): Uint8Array | undefined {
    if (id === before + 1) return hash;
    const cut = this.#database
      .prepare("SELECT last_hash FROM cut WHERE first_batch = ? AND last_batch = ?")
      .get(before + 1, id - 1)?.["last_hash"];
    if (cut instanceof Uint8Array) return cut;
    this.#tell(
      `the batches ${String(before + 1)} to ${String(id - 1)} are missing, and were not removed by the service`,
    );
    return undefined;
  }

  #checkNumbers(before: number | undefined, { first_seq, id }: BatchRow): void {
    if (before === undefined) return;
    const first = Number(first_seq);
    const noted = this.#database.prepare("SELECT last_seq FROM missing WHERE first_seq = ?");
    let next = before + 1;
    while (next < first) {
      const last = Number(noted.get(next)?.["last_seq"] ?? 0);
      if (last < next) break;
      next = last + 1;
    }
    if (next !== first)
      this.#tell(`before batch ${String(id)} numbers are missing that nothing accounts for`);
  }

  #checkBatch(batch: BatchRow, previous: Uint8Array | undefined): void {
    const { id, run, first_seq, last_seq, last_ns, ring, position, chunks, hash } = batch;
    const what = `batch ${String(id)} (events ${String(first_seq)} to ${String(last_seq)})`;
    const facts = {
      ...{ id: Number(id), run: Number(run), firstSeq: Number(first_seq), lastSeq: Number(last_seq) },
      ...{ lastNs: last_ns, ring, position },
    };
    if (previous !== undefined && hexOf(chainHash(previous, facts, chunks)) !== hexOf(hash)) {
      this.#tell(
        `${what} does not extend the one before: one of them was changed, added, or put in another place`,
      );
    }
    const digests = decodeDigests(chunks);
    if (digests === undefined) {
      this.#tell(`${what} has a list of chunks that is none`);
      return;
    }
    const select = this.#database.prepare("SELECT * FROM chunk WHERE batch = ?");
    select.setReadBigInts(true);
    const rows = select.all(id) as unknown as ChunkWithData[];
    for (const digest of digests) {
      const row = rows.find(({ workspace }) => Number(workspace) === digest.workspace);
      if (row !== undefined) this.#checkChunk(what, digest, Number(id), row);
      else if (this.#removedLast(digest.workspace) < digest.lastSeq) {
        this.#tell(`${what} lacks ${String(digest.events)} events, which were not removed by the service`);
      }
    }
    if (
      rows.length > digests.length ||
      rows.some(({ workspace }) => !digests.some((each) => each.workspace === Number(workspace)))
    ) {
      this.#tell(`${what} has chunks that it did not have`);
    }
  }

  /** Number of the last event of a workspace that the history says it removed. */
  #removedLast(workspace: number): number {
    const known = this.#workspaces.get(workspace);
    if (known !== undefined || !hasForgotten(this.#database)) return known?.removedLast ?? 0;
    const range = this.#database
      .prepare("SELECT last_id, last_seq FROM forgotten WHERE first_id <= ? ORDER BY first_id DESC LIMIT 1")
      .get(workspace);
    return Number(range?.["last_id"] ?? 0) >= workspace ? Number(range?.["last_seq"]) : 0;
  }

  #checkChunk(what: string, digest: ChunkDigest, batch: number, row: ChunkWithData): void {
    this.#events += digest.events;
    const firstSeq = Number(row.first_seq);
    if (hexOf(digestOf(row.data)) !== hexOf(digest.digest) || firstSeq !== digest.firstSeq) {
      this.#tell(`${what} has lines that were changed, from event ${String(digest.firstSeq)} on`);
      return;
    }
    try {
      const { bytes, events } = decodeChunk(row.data, firstSeq, this.#dictionary);
      const [first] = events;
      const { fields } = JSON.parse(bytes.toString("utf8", first?.start, first?.end)) as ChunkLine;
      const known = this.#workspaces.get(digest.workspace);
      if (
        JSON.stringify(fields.labels) !== known?.labels ||
        fields.kubernetes?.namespace !== known.namespace ||
        row.id !== chunkId(digest.workspace, batch)
      ) {
        this.#tell(`${what} is said to be of another workspace than its lines name`);
      }
      if (!isOf(row, digest, events))
        this.#tell(`${what} is said to have other times or numbers of events than its lines have`);
    } catch {
      this.#tell(`${what} has lines that can't be read`);
    }
  }

  /** Numbers that are said to be missing, and are there. */
  #checkMissing(): void {
    const next = this.#database.prepare(
      "SELECT first_seq FROM batch WHERE last_seq >= ? ORDER BY last_seq LIMIT 1",
    );
    for (const row of this.#database.prepare("SELECT first_seq, last_seq FROM missing").iterate()) {
      const first = Number(next.get(Number(row["first_seq"]))?.["first_seq"] ?? Infinity);
      if (first > Number(row["last_seq"])) continue;
      this.#tell(`events from ${String(row["first_seq"])} on are said to be missing, and are here`);
    }
  }

  #checkOrphans(): void {
    const row = this.#database
      .prepare("SELECT count(*) AS count FROM chunk WHERE batch NOT IN (SELECT id FROM batch)")
      .get();
    const count = Number(row?.["count"]);
    if (count > 0)
      this.#tell(
        `${String(count)} chunks belong to no batch: they were added, or their batches were taken away`,
      );
  }

  #tell(problem: string): void {
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(problem);
  }
}

/** What is read of a line. */
interface ChunkLine {
  readonly fields: { readonly labels: unknown; readonly kubernetes?: { readonly namespace?: unknown } };
}

/** Whether a chunk's columns, by which it is found, say of its events what these are. */
function isOf(row: ChunkRow, digest: ChunkDigest, events: readonly ChunkEvent[]): boolean {
  const times = events.map(({ timeNs }) => timeNs);
  const [firstNs, lastNs] = [
    times.reduce((a, b) => (b < a ? b : a)),
    times.reduce((a, b) => (b > a ? b : a)),
  ];
  return (
    row.first_ns === firstNs &&
    row.last_ns === lastNs &&
    Number(row.last_seq) === digest.lastSeq &&
    Number(row.events) === events.length &&
    digest.events === events.length &&
    Number(row.execs) === events.filter(({ type }) => type === "exec").length
  );
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
