import { constants, layout } from "./layout.ts";
import { mapShared, pageBytes, type Mapping } from "./libc.ts";

/** From when on (boot clock, ns) the wall clock was how far ahead of the boot clock (ns). */
export interface ClockStep {
  readonly sinceNs: bigint;
  readonly offsetNs: bigint;
}

const at = layout.reader_state;

/**
 * `struct reader_state`: what a reader leaves to the next one, in memory that outlives it where it is pinned. Every
 * word is written by itself, so that a reader that is killed leaves the old or the new one.
 */
export class ReaderState {
  readonly #mapping: Mapping;
  readonly #bytes: Buffer;
  readonly #longs: BigUint64Array;
  #closed = false;

  constructor(fd: number) {
    this.#mapping = mapShared(fd, Math.ceil(at.size / pageBytes) * pageBytes, 0, true);
    this.#bytes = Buffer.from(this.#mapping.buffer);
    this.#longs = new BigUint64Array(this.#mapping.buffer);
  }

  /** Hash of the compiled object and of all that shapes its maps. */
  get fingerprint(): Buffer {
    return this.#hash(at.fingerprint);
  }

  /** Hash of the layout of the records. */
  get records(): Buffer {
    return this.#hash(at.records);
  }

  /** Size of the ring, bytes. */
  get ringBytes(): number {
    return Number(this.#get(at.ring_bytes));
  }

  /** Names the ring that positions belong to: it stays when the programs are replaced, and positions go on. */
  get ringName(): string {
    const end = this.#bytes.indexOf(0, at.ring_name);
    return this.#bytes.toString("latin1", at.ring_name, end);
  }

  /** The position of the ring's first byte. */
  get ringBase(): bigint {
    return this.#get(at.ring_base);
  }

  /** `PROCESS_LAYOUT` of the programs that it is pinned with. */
  get processLayout(): number {
    return Number(this.#get(at.process_layout));
  }

  /** Describes what it is pinned with. */
  describe(of: {
    readonly fingerprint: Buffer;
    readonly records: Buffer;
    readonly ringBytes: number;
    readonly ringName: string;
    readonly ringBase: bigint;
  }): void {
    of.fingerprint.copy(this.#bytes, at.fingerprint);
    of.records.copy(this.#bytes, at.records);
    this.#set(at.ring_bytes, BigInt(of.ringBytes));
    this.#bytes.write(of.ringName.slice(0, constants.RING_NAME_BYTES - 1), at.ring_name, "latin1");
    this.#set(at.ring_base, of.ringBase);
    this.#set(at.process_layout, BigInt(constants.PROCESS_LAYOUT));
  }

  /** Since when the programs collect, boot clock, ns. */
  get attachedNs(): bigint {
    return this.#get(at.attached_ns);
  }

  set attachedNs(bootNs: bigint) {
    this.#set(at.attached_ns, bootNs);
  }

  /** When it was begun to take the programs off, boot clock, ns; 0: they are on. */
  get detachedNs(): bigint {
    return this.#get(at.detached_ns);
  }

  set detachedNs(bootNs: bigint) {
    this.#set(at.detached_ns, bootNs);
  }

  /** Programs that the kernel skipped, as far as told. */
  get recursionTold(): bigint {
    return this.#get(at.recursion_told);
  }

  set recursionTold(count: bigint) {
    this.#set(at.recursion_told, count);
  }

  /** Losses whose counters were freed. */
  get lossesForgotten(): bigint {
    return this.#get(at.losses_forgotten);
  }

  set lossesForgotten(count: bigint) {
    this.#set(at.losses_forgotten, count);
  }

  /**
   * Takes note that all up to a position of the ring is told, and the number of the latest event. Two places take
   * turns: the one that belongs to the ring's own position is the one that counts.
   */
  keep(position: bigint, seq: number): void {
    const [first, second] = [this.#checkpoint(0).position, this.#checkpoint(1).position];
    const place = first === position || (second !== position && first <= second) ? 0 : 1;
    const offset = at.checkpoints + place * layout.checkpoint.size;
    this.#set(offset + layout.checkpoint.seq, BigInt(seq));
    this.#set(offset + layout.checkpoint.position, position);
  }

  /** Number of the latest event up to a position of the ring; where that is not known, of the latest event known. */
  seqAt(position: bigint): number {
    const places = [this.#checkpoint(0), this.#checkpoint(1)];
    const exact = places.filter((each) => each.position === position);
    return Math.max(...(exact.length > 0 ? exact : places).map(({ seq }) => Number(seq)));
  }

  /** When the clocks were last compared, boot clock, ns; 0: never. */
  get clockSeenNs(): bigint {
    return this.#get(at.clock_seen_ns);
  }

  set clockSeenNs(bootNs: bigint) {
    this.#set(at.clock_seen_ns, bootNs);
  }

  /** Adds one, or puts it in the place of the latest; so many of them are kept. */
  putClockStep({ sinceNs, offsetNs }: ClockStep, inPlace: boolean): void {
    const count = this.#get(at.clock_step_count);
    const offset = this.#clockStep(inPlace && count > 0n ? count - 1n : count);
    this.#set(offset + layout.clock_step.since_ns, sinceNs);
    this.#set(offset + layout.clock_step.offset_ns, BigInt.asUintN(64, offsetNs));
    if (!inPlace || count === 0n) this.#set(at.clock_step_count, count + 1n);
  }

  /** The latest, oldest first. */
  clockSteps(): ClockStep[] {
    const count = this.#get(at.clock_step_count);
    const kept = Math.min(Number(count), constants.CLOCK_STEPS);
    return Array.from({ length: kept }, (_, i) => {
      const offset = this.#clockStep(count - BigInt(kept - i));
      return {
        sinceNs: this.#get(offset + layout.clock_step.since_ns),
        offsetNs: BigInt.asIntN(64, this.#get(offset + layout.clock_step.offset_ns)),
      };
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#mapping.unmap();
  }

  #clockStep(number: bigint): number {
    return at.clock_steps + Number(number % BigInt(constants.CLOCK_STEPS)) * layout.clock_step.size;
  }

  #checkpoint(place: number): { readonly position: bigint; readonly seq: bigint } {
    const offset = at.checkpoints + place * layout.checkpoint.size;
    return {
      position: this.#get(offset + layout.checkpoint.position),
      seq: this.#get(offset + layout.checkpoint.seq),
    };
  }

  #hash(offset: number): Buffer {
    return Buffer.from(this.#bytes.subarray(offset, offset + constants.HASH_BYTES));
  }

  #get(offset: number): bigint {
    return this.#closed ? 0n : Atomics.load(this.#longs, offset / 8);
  }

  #set(offset: number, value: bigint): void {
    if (!this.#closed) Atomics.store(this.#longs, offset / 8, value);
  }
}
