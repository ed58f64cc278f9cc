import { timingSafeEqual } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";

import { recordDigest, removedDigest } from "./recordDigest.ts";
import { nextKey, sealCode } from "./sealKey.ts";

/** What is known of a history's seals. */
export interface SealVerdict {
  readonly problems: readonly string[];
  readonly count: number;
  /** Whether their codes were checked, for which the first key is needed. */
  readonly checked: boolean;
  /** Batches after the last seal: nothing protects them yet. */
  readonly unsealedBatches: number;
  /** The last seal is of an earlier version: it covers neither runs nor missing numbers. */
  readonly byEarlierVersion: boolean;
}

/** What seals are compared with. */
export interface SealExpectation {
  readonly firstKey: Uint8Array | undefined;
  readonly keyEpoch: number | undefined;
  readonly lastBatch: number;
}

/** Looks at each seal: that none is missing, that what it covers is as it was and, with the key, that it is genuine. */
export function verifySeals(database: DatabaseSync, expectation: SealExpectation): SealVerdict {
  const { firstKey, keyEpoch, lastBatch } = expectation;
  const problems: string[] = [];
  const statement = database.prepare("SELECT * FROM seal ORDER BY epoch");
  statement.setReadBigInts(true);
  const hashOf = database.prepare("SELECT hash FROM batch WHERE id = ?");
  let [key, keyOf] = [firstKey, 0];
  let expected: number | undefined;
  let [count, sealedBatch] = [0, 0];
  let sealedRemoved: Uint8Array | undefined;
  let byEarlierVersion = false;
  for (const row of statement.iterate()) {
    const epoch = Number(row["epoch"]);
    const facts = {
      ...{ epoch, batch: Number(row["batch"]), hash: row["hash"] as Uint8Array },
      ...{ timeNs: row["time_ns"] as bigint, removed: row["removed"] as Uint8Array },
    };
    if (expected !== undefined && epoch !== expected) {
      problems.push(
        `the seals ${String(expected)} to ${String(epoch - 1)} are missing: the history was cut, or an older copy put back`,
      );
    }
    expected = epoch + 1;
    for (; key !== undefined && keyOf < epoch; keyOf++) key = nextKey(key);
    if (key !== undefined && !isSame(sealCode(key, facts), row["code"] as Uint8Array)) {
      problems.push(`the seal ${String(epoch)} is not genuine, or the key is another history's`);
    }
    const hash = hashOf.get(facts.batch)?.["hash"];
    if (hash instanceof Uint8Array && !isSame(hash, facts.hash)) {
      problems.push(
        `batch ${String(facts.batch)} is not the one that seal ${String(epoch)} covers: the chain was written anew`,
      );
    }
    if (facts.batch > lastBatch)
      problems.push(`the seal ${String(epoch)} covers batches that are gone: the end was cut off`);
    count++;
    [sealedBatch, sealedRemoved] = [facts.batch, facts.removed];
  }
  if (sealedRemoved !== undefined && !isSame(sealedRemoved, recordDigest(database, sealedBatch))) {
    if (isSame(sealedRemoved, removedDigest(database))) byEarlierVersion = true;
    else
      problems.push(
        "what is said to have been removed, to be missing, or of the service's runs is not what was sealed",
      );
  }
  if (keyEpoch !== undefined && keyEpoch !== (expected ?? keyEpoch)) {
    problems.push(
      `the last seal is ${String((expected ?? 0) - 1)}, and the key is of ${String(keyEpoch)}: the end was cut off, or an older copy put back`,
    );
  }
  if (keyEpoch !== undefined && keyEpoch > 0 && count === 0)
    problems.push("the history was sealed, and all seals are gone");
  return {
    problems,
    count,
    checked: firstKey !== undefined && count > 0,
    unsealedBatches: Math.max(0, lastBatch - sealedBatch),
    byEarlierVersion,
  };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
