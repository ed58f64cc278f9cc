import type { DatabaseSync } from "node:sqlite";

import { recordDigest } from "./recordDigest.ts";
import type { SealKey } from "./sealKey.ts";

/** A seal is set at the latest so long after the first batch that it covers. */
const INTERVAL_NS = 10_000_000_000n;

/** Seals the chain now and then, with a key that is gone afterwards. */
export class HistorySealer {
  readonly #database: DatabaseSync;
  readonly #key: SealKey;
  #sealedNs = 0n;
  #sealedBatch = -1;

  constructor(database: DatabaseSync, key: SealKey) {
    this.#database = database;
    this.#key = key;
    const last = database.prepare("SELECT epoch, batch FROM seal ORDER BY epoch DESC LIMIT 1").get();
    // A crash between a seal and the end of its key.
    while (last !== undefined && Number(last["epoch"]) >= key.epoch) key.advance();
    this.#sealedBatch = Number(last?.["batch"] ?? -1);
  }

  /** Seals when it is time. */
  sealInTime(batch: number, hash: Uint8Array, nowNs: bigint): void {
    const since = nowNs - this.#sealedNs;
    if (batch === this.#sealedBatch || (since < INTERVAL_NS && since >= 0n)) return;
    this.begin(batch, hash, nowNs);
    this.end();
  }

  /** Seals everything up to this batch; the key goes on with `end`, once this is in the database. */
  begin(batch: number, hash: Uint8Array, timeNs: bigint): void {
    const removed = recordDigest(this.#database, batch);
    const code = this.#key.code({ batch, hash, timeNs, removed });
    this.#database
      .prepare("INSERT INTO seal VALUES (?, ?, ?, ?, ?, ?)")
      .run(this.#key.epoch, batch, hash, timeNs, removed, code);
    this.#sealedNs = timeNs;
    this.#sealedBatch = batch;
  }

  /** Erases the key of the seal that was begun. */
  end(): void {
    this.#key.advance();
  }
}
