import { timingSafeEqual } from "node:crypto";

import { nextKey } from "../history/sealKey.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { firstLogKey, logSeal } from "./logChainState.ts";

/** So many steps of a key take seconds: a seal each ten seconds for 30 years. */
const MAX_STEPS = 100_000_000;

/** Looks at the seals of one log: that none is missing and, with the first key, that each is genuine. */
export class LogSealCheck {
  readonly #checked: boolean;
  #key: Uint8Array | undefined;
  #keyEpoch = 0;
  #last: Pick<Checkpoint, "epoch" | "ts"> | undefined;
  #count = 0;
  /** Runs before the first seal that are not sealed. */
  #unsealedRuns = 0;

  /** `firstKey`: what `tracer-service seal` showed. */
  constructor(firstKey: Uint8Array | undefined) {
    this.#checked = firstKey !== undefined;
    this.#key = firstKey && firstLogKey(firstKey);
  }

  get count(): number {
    return this.#count;
  }

  /** Whether the codes were compared. */
  get checked(): boolean {
    return this.#checked;
  }

  /** The last seal's epoch and time. */
  get last(): Pick<Checkpoint, "epoch" | "ts"> | undefined {
    return this.#last;
  }

  /** What is wrong with the seals as a whole; undefined when nothing is. */
  get fault(): string | undefined {
    return this.#checked && this.#last === undefined && this.#unsealedRuns > 0
      ? "nothing in this log is sealed: it was written anew, or before the key was made"
      : undefined;
  }

  /** What is wrong with a checkpoint's seal; undefined when nothing is. */
  add(checkpoint: Checkpoint): string | undefined {
    const { epoch, seal, kind, hash, ts } = checkpoint;
    if (epoch === undefined || seal === undefined) {
      if (epoch !== undefined || seal !== undefined) return "its seal was taken away or added";
      // Others are sealed now and then, and the first of a run always, once a key was made.
      if (kind !== "begin" || !this.#checked) return undefined;
      if (this.#last !== undefined) return "it begins a run and is not sealed";
      this.#unsealedRuns++;
      return undefined;
    }
    const before = this.#last?.epoch;
    // A crash before the key was replaced: the next run seals with it once more.
    const again = kind === "begin" && epoch === before;
    this.#count++;
    if (before !== undefined && !again && epoch !== before + 1) {
      if (epoch > before) this.#last = { epoch, ts };
      const missing = `the seals ${String(before + 1)} to ${String(epoch - 1)} are missing: lines were cut out`;
      return epoch > before
        ? missing
        : `its seal ${String(epoch)} comes after ${String(before)}: older lines stand here`;
    }
    this.#last = { epoch, ts };
    if (this.#key === undefined) return undefined;
    // The very first seal covers, by the hash that its run extends, those that were written before there was a key.
    if (before === undefined && this.#unsealedRuns > 0 && epoch !== 0)
      return "runs before it are not sealed, and were when they were written";
    if (epoch - this.#keyEpoch > MAX_STEPS) return `its seal's number ${String(epoch)} can't be`;
    for (; this.#keyEpoch < epoch; this.#keyEpoch++) this.#key = nextKey(this.#key);
    const expected = logSeal(this.#key, Buffer.from(hash, "hex"));
    return timingSafeEqual(expected, Buffer.from(seal, "hex"))
      ? undefined
      : `its seal ${String(epoch)} is not genuine, or the key is another log's`;
  }
}
