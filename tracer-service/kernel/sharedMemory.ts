import { constants, layout } from "./layout.ts";
import { mapShared, pageBytes, type Mapping } from "./libc.ts";

/** Where the tracer itself runs, in the kernel's view. */
export interface SelfLocation {
  /** Host pid. */
  readonly pid: number;
  /** Its cgroup and that one's ancestors, the hierarchy's root last (whose name is empty). */
  readonly cgroups: readonly { readonly key: bigint; readonly name: string }[];
}

const at = layout.shared;

/** `struct shared`: the few words that the programs and the service both read and write while they run. */
export class SharedMemory {
  readonly #mapping: Mapping;
  readonly #bytes: Buffer;
  readonly #words: Int32Array;
  readonly #longs: BigUint64Array;
  #closed = false;

  constructor(fd: number) {
    this.#mapping = mapShared(fd, Math.ceil(at.size / pageBytes) * pageBytes, 0, true);
    this.#bytes = Buffer.from(this.#mapping.buffer);
    this.#words = new Int32Array(this.#mapping.buffer);
    this.#longs = new BigUint64Array(this.#mapping.buffer);
  }

  /** Asks the programs to wake the reader with the next record, or takes that back. */
  set readerWaiting(waiting: boolean) {
    if (!this.#closed) Atomics.store(this.#words, at.reader_waiting / 4, waiting ? 1 : 0);
  }

  /** Grows with every loss anywhere. */
  get losses(): bigint {
    return this.#closed ? 0n : Atomics.load(this.#longs, at.losses / 8);
  }

  /** Entries in the process table. */
  get processes(): bigint {
    return this.#closed ? 0n : Atomics.load(this.#longs, at.processes / 8);
  }

  /** Of these, the ones whose slot another one holds. */
  get displacedProcesses(): bigint {
    return this.#closed ? 0n : Atomics.load(this.#longs, at.displaced / 8);
  }

  /** Has the programs look at the v1 hierarchy too, from now on. */
  lookAtV1(): void {
    if (!this.#closed) Atomics.store(this.#words, at.v1_in_scope / 4, 1);
  }

  /** Has the programs collect until then (CLOCK_MONOTONIC, ns), unless it is put off; 0: without an end. */
  set leaseUntilNs(ns: bigint) {
    if (!this.#closed) Atomics.store(this.#longs, at.lease_until_ns / 8, ns);
  }

  get leaseUntilNs(): bigint {
    return this.#closed ? 0n : Atomics.load(this.#longs, at.lease_until_ns / 8);
  }

  /** When the programs stopped because nobody had put off the end of the lease, boot clock, ns; 0: they collect. */
  get stoppedNs(): bigint {
    return this.#closed ? 0n : Atomics.load(this.#longs, at.stopped_ns / 8);
  }

  /** Has them collect again. */
  resume(): void {
    if (!this.#closed) Atomics.store(this.#longs, at.stopped_ns / 8, 0n);
  }

  /** Whether the scope has had entries in the v1 hierarchy. */
  get looksAtV1(): boolean {
    return !this.#closed && Atomics.load(this.#words, at.v1_in_scope / 4) !== 0;
  }

  /** Tells the programs that the processes that run are about to be read. */
  beginSnapshot(): void {
    if (!this.#closed) Atomics.store(this.#words, at.snapshot_taken / 4, 0);
  }

  /** Tells the programs that the processes that ran already have been read. */
  endSnapshot(): void {
    if (!this.#closed) Atomics.store(this.#words, at.snapshot_taken / 4, 1);
  }

  /** Makes the programs forget every verdict that they remember: a change of the scope holds from the next event on. */
  forgetVerdicts(): void {
    if (this.#closed) return;
    Atomics.add(this.#words, at.generation / 4, 1);
    const first = at.verdict_cache / 8;
    for (let i = 0; i < constants.VERDICT_CACHE_SLOTS; i++) Atomics.store(this.#longs, first + i, 0n);
  }

  /** PID namespaces that the programs know as those of pods. */
  get namespaces(): bigint {
    return this.#closed ? 0n : Atomics.load(this.#longs, at.namespaces / 8);
  }

  /** Counts one that was put there for them. */
  addNamespace(): void {
    if (!this.#closed) Atomics.add(this.#longs, at.namespaces / 8, 1n);
  }

  /** Has the programs know that there is room for one more counter of losses. */
  freeLossCounter(): void {
    if (!this.#closed) Atomics.add(this.#longs, at.loss_counters_freed / 8, 1n);
  }

  /** How often a program was run in place of one that the kernel refused to run. */
  get stoodIn(): bigint {
    return this.#closed ? 0n : Atomics.load(this.#longs, at.stood_in / 8);
  }

  /** Processes that run a program, but found no place in the process table. */
  get unplacedExecs(): bigint {
    return this.#closed ? 0n : Atomics.load(this.#longs, at.unplaced_execs / 8);
  }

  /** Tells the programs that no exec escapes them any more. */
  allAttached(): void {
    if (!this.#closed) Atomics.store(this.#words, at.all_attached / 4, 1);
  }

  /** Execs for which the kernel ran no program, counted as losses of those whose they were. */
  get missedExecs(): bigint {
    return this.#closed ? 0n : Atomics.load(this.#longs, at.missed_execs / 8);
  }

  /** Losses from now on count as a new period, with a first time of its own. */
  beginLossPeriod(): void {
    if (!this.#closed) Atomics.add(this.#longs, at.loss_epoch / 8, 1n);
  }

  /** The name under which `self` is to be found; at most 15 bytes, as `comm`. */
  set selfName(name: string) {
    if (this.#closed) return;
    // What was found for an earlier service is not this one's.
    if (name !== "") this.#bytes.writeUInt32LE(0, at.self + layout.self_location.pid);
    this.#bytes.fill(0, at.self_name, at.self_name + 16);
    this.#bytes.write(name.slice(0, 15), at.self_name, "latin1");
  }

  /** Undefined until the programs have seen the process that carries `selfName`. */
  get self(): SelfLocation | undefined {
    if (this.#closed) return undefined;
    const self = layout.self_location;
    const pid = this.#bytes.readUInt32LE(at.self + self.pid);
    if (pid === 0) return undefined;
    const levels = Math.min(this.#bytes.readUInt32LE(at.self + self.levels), constants.SELF_LEVELS);
    const cgroups = Array.from({ length: levels }, (_, i) => {
      const name = at.self + self.names + i * constants.SELF_NAME_BYTES;
      const end = this.#bytes.indexOf(0, name);
      return {
        key: this.#bytes.readBigUInt64LE(at.self + self.cgroups + 8 * i),
        name: this.#bytes.toString("utf8", name, end),
      };
    });
    return { pid, cgroups };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#mapping.unmap();
  }
}
