import type { NumberFile } from "../../history/numberFile.ts";
import { NumberReserve } from "../../history/numberReserve.ts";
import { NumberedOutput } from "../../history/numberedOutput.ts";
import {
  isOvertaken,
  numbersAfter,
  type LastingRing,
  type NumbersBefore,
} from "../../history/numbersLeft.ts";
import type { HistoryOpened } from "../../history/historyStore.ts";
import type { Diagnostics } from "../../diagnostics.ts";
import type { EventOutput } from "../../pipeline/eventOutput.ts";

const TELL_APART = "tell events apart by their run and number";

/** The numbers of a run's events: where they go on, and what is reserved of them. */
export class Numbers {
  /** Behind which numbers this run goes on. */
  readonly before: NumbersBefore;
  /** Whether what is read again from the ring may come in another order than that in which the run before told it. */
  readonly overtaken: boolean;
  readonly #file: NumberFile | undefined;
  readonly #run: string;
  readonly #log: Diagnostics;
  readonly #ring: LastingRing | undefined;
  #lastSeq = 0;
  #reserve: NumberReserve | undefined;

  constructor(run: string, log: Diagnostics, ring: LastingRing | undefined, file?: NumberFile) {
    this.#run = run;
    this.#log = log;
    this.#ring = ring;
    this.#file = file;
    this.overtaken = isOvertaken(file?.left, ring, file?.overtaken ?? false);
    this.before = numbersAfter(file?.left, ring, this.overtaken);
  }

  /** Number of the latest event of earlier runs; 0 where none is known. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Finds out where numbers go on, once it is known what the history is, and reserves the first of them. */
  begin(history: Pick<HistoryOpened, "lastSeq"> | undefined): void {
    this.#lastSeq = Math.max(history?.lastSeq ?? this.before.without, this.#ring?.lastSeq ?? 0);
    if (this.#file === undefined) return;
    this.#reserve = new NumberReserve({
      file: this.#file,
      run: this.#run,
      ring: this.#ring?.name ?? this.#run,
      lastSeq: this.#lastSeq,
      log: this.#log,
      nowMs: () => performance.now(),
    });
    if (!this.overtaken) this.noteOvertaken(false);
  }

  /** Says where they go on. */
  tell(): void {
    const facts = { run: this.#run, firstSeq: this.#lastSeq + 1 };
    const left = this.#file?.left;
    if (this.#lastSeq === 0) this.#log.info(facts, `numbers of events begin at 1: ${TELL_APART}`);
    else if (left?.ended === false && this.#lastSeq === left.through) {
      this.#log.warn(
        facts,
        "the run before did not end properly: numbers go on behind those that it had reserved, not all of them an event's",
      );
    } else this.#log.info(facts, "numbers of events go on");
  }

  /** Notes whether what is read again after a crash may come in another order, so that it must not get its numbers again. */
  noteOvertaken(overtaken: boolean): void {
    try {
      this.#file?.noteOvertaken(overtaken);
    } catch (error) {
      this.#log.error(
        { err: error, overtaken },
        "it can't be noted in the state directory whether events wait for others: after a crash now, numbers may be given twice",
      );
    }
  }

  /** What reserves the numbers of the events that go to an output. */
  reserving(output: EventOutput): EventOutput {
    return this.#reserve === undefined ? output : new NumberedOutput(output, this.#reserve);
  }

  /** Notes the last number for the next run. */
  async close(): Promise<void> {
    await this.#reserve?.close();
  }
}

/** Finds out where numbers go on; where they can't be reserved, that is said. `ring` outlives the service. */
export async function openNumbers(
  stateDir: string,
  run: string,
  log: Diagnostics,
  ring: LastingRing | undefined,
): Promise<Numbers> {
  if (stateDir === "none") return new Numbers(run, log, ring);
  const { NumberFile } = await import("../../history/numberFile.ts");
  try {
    const file = NumberFile.open(stateDir);
    if (file.damage !== undefined)
      log.error({ problem: file.damage }, `it is not known which numbers earlier runs gave: ${TELL_APART}`);
    return new Numbers(run, log, ring, file);
  } catch (error) {
    log.error(
      { err: error, run },
      `numbers of events can't be reserved, and other runs may have the same: ${TELL_APART}`,
    );
    return new Numbers(run, log, ring);
  }
}
