import type { ReaderState } from "../kernel/readerState.ts";
import type { RingBuffer } from "../kernel/ringBuffer.ts";
import type { Overtaking } from "./overtaking.ts";

/** Where events are kept, which the output gives them to. What is not kept yet stays in the ring, too. */
export interface EventKeeper {
  /** Every event of the ring's records up to this position has been written to the output. */
  mark(position: bigint): void;
  /** Up to here all of them are kept, or will never be. */
  readonly keptPosition: bigint;
  /** Has them kept soon. */
  flush(): void;
}

/** A ring whose records are read, and what is left to its next reader. */
export interface RingSource {
  readonly ring: Pick<RingBuffer, "position" | "release">;
  /** The position of the ring's first byte, in a count that goes on when another ring takes its place. */
  readonly ringBase: bigint;
  readonly state: Pick<ReaderState, "keep">;
}

interface Mark {
  readonly source: RingSource;
  readonly position: bigint;
  seq: number;
}

/** Lets records leave the ring, and has what they caused become final, no sooner than their events are kept. */
export class RingKeeping {
  readonly #keeper: EventKeeper | undefined;
  readonly #allWritten: () => boolean;
  readonly #overtaking: Overtaking | undefined;
  readonly #marks: Mark[] = [];
  readonly #acts: { readonly position: bigint; readonly act: () => void }[] = [];
  #marked = 0n;

  /**
   * Without a keeper records are final as soon as they were read. `allWritten`: whether no event waits for what it
   * happened in; while one does, nothing is final, and a ring that is half full of what was read lets go of the oldest.
   */
  constructor(
    keeper: EventKeeper | undefined,
    allWritten: () => boolean = () => true,
    overtaking?: Overtaking,
  ) {
    this.#keeper = keeper;
    this.#allWritten = allWritten;
    this.#overtaking = overtaking;
  }

  /** Everything was read up to where the ring is, and the event `seq` was written last. */
  mark(source: RingSource, seq: number): void {
    if (this.#keeper === undefined) return;
    if (!this.#allWritten()) {
      this.#keeper.mark(this.#marked);
      source.ring.release(0n);
      this.release();
      return;
    }
    const position = source.ringBase + source.ring.position;
    this.#keeper.mark(position);
    this.#marked = position;
    this.#overtaking?.written(position);
    const last = this.#marks.at(-1);
    if (last?.position === position) last.seq = seq;
    else this.#marks.push({ source, position, seq });
    this.release();
  }

  /** Runs `act` when what was written until now is kept, which the next mark behind a record shows; never, if it is not. */
  whenKept(act: () => void): void {
    if (this.#keeper === undefined) act();
    else this.#acts.push({ position: this.#marked, act });
  }

  /** Looks what has been kept meanwhile. */
  release(): void {
    if (this.#keeper === undefined) return;
    const { keptPosition } = this.#keeper;
    let kept: Mark | undefined;
    while (this.#marks[0] !== undefined && this.#marks[0].position <= keptPosition)
      kept = this.#marks.shift();
    if (kept !== undefined) {
      kept.source.state.keep(kept.position, kept.seq);
      kept.source.ring.release(kept.position - kept.source.ringBase);
      this.#overtaking?.kept(kept.position);
    }
    while (this.#acts[0] !== undefined && this.#acts[0].position < keptPosition) this.#acts.shift()?.act();
  }

  /** Has what is written kept soon. */
  flush(): void {
    this.#keeper?.flush();
  }

  /** Whether everything marked is kept. */
  get settled(): boolean {
    return this.#keeper === undefined || this.#keeper.keptPosition >= this.#marked;
  }

  /** To be called when the outputs are closed: nothing will be kept any more. */
  finish(): void {
    this.release();
    if (!this.settled) return;
    for (const { act } of this.#acts.splice(0)) act();
  }
}
