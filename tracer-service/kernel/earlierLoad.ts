import { existsSync } from "node:fs";
import { join } from "node:path";

import { layout } from "./layout.ts";
import { mapShared, pageBytes } from "./libc.ts";
import type { Libbpf } from "./libbpf.ts";
import { LossCounters } from "./lossCounters.ts";
import type { PinDirectory } from "./pinDirectory.ts";
import { LAST_MAP, mapFile, PinnedObjects } from "./pinnedObjects.ts";
import type { ProgramIdentity } from "./programIdentity.ts";
import { ReaderState } from "./readerState.ts";
import { RingBuffer } from "./ringBuffer.ts";
import { SharedMemory } from "./sharedMemory.ts";

/** What an earlier service loaded and left pinned: programs that collect, or only a ring that was not read to its end. */
export class EarlierLoad {
  readonly objects: PinnedObjects;
  readonly state: ReaderState;
  /** The layout of its records is this service's. */
  readonly readable: boolean;
  readonly #directory: string;
  readonly #pins: PinDirectory;
  readonly #identity: ProgramIdentity;
  #ring: RingBuffer | undefined;
  #shared: SharedMemory | undefined;

  private constructor(libbpf: Libbpf, pins: PinDirectory, directory: string, identity: ProgramIdentity) {
    this.#directory = directory;
    this.#pins = pins;
    this.#identity = identity;
    this.objects = new PinnedObjects(libbpf, directory);
    this.state = new ReaderState(this.objects.mapFd(LAST_MAP));
    this.readable = this.state.records.equals(identity.records);
  }

  /** All that are there, oldest first. What was not pinned to its end never had a reader, and is removed. */
  static find(libbpf: Libbpf, pins: PinDirectory, identity: ProgramIdentity): EarlierLoad[] {
    return pins.loads().flatMap((directory) => {
      if (existsSync(join(directory, mapFile(LAST_MAP)))) {
        return [new EarlierLoad(libbpf, pins, directory, identity)];
      }
      pins.removeLoad(directory);
      return [];
    });
  }

  get ring(): RingBuffer {
    this.#ring ??= new RingBuffer(this.objects.mapFd("ring"), this.state.ringBytes);
    return this.#ring;
  }

  get ringBase(): bigint {
    return this.state.ringBase;
  }

  get shared(): SharedMemory {
    this.#shared ??= new SharedMemory(this.objects.mapFd(".data.shared"));
    return this.#shared;
  }

  /** Its programs are what this service would load, and collect: they can go on. */
  get isCurrent(): boolean {
    return (
      this.state.fingerprint.equals(this.#identity.fingerprint) &&
      this.state.detachedNs === 0n &&
      this.stoppedNs === 0n
    );
  }

  /** When its programs stopped for want of a reader, boot clock, ns; 0: they did not. */
  get stoppedNs(): bigint {
    const mapping = mapShared(this.objects.mapFd(".data.shared"), pageBytes, 0, true);
    const ns = new BigUint64Array(mapping.buffer)[layout.shared.stopped_ns / 8] ?? 0n;
    mapping.unmap();
    return ns;
  }

  /** Number of the latest event that was told of its records. */
  get lastSeq(): number {
    return this.state.seqAt(this.ringBase + this.ring.position);
  }

  /** Its counters of losses; undefined where they are laid out in another way. */
  losses(): LossCounters | undefined {
    return this.readable ? new LossCounters(this.objects, this.shared, this.state) : undefined;
  }

  /** Takes its programs off. The ring can be read to its end. */
  detach(atNs: bigint): void {
    if (this.state.detachedNs === 0n) this.state.detachedNs = atNs;
    this.objects.detach();
  }

  /** Removes what is left of it, after all of it was read and kept. */
  remove(): void {
    this.close();
    this.#pins.removeLoad(this.#directory);
  }

  close(): void {
    this.#ring?.close();
    this.#shared?.close();
    this.state.close();
    this.objects.close();
  }
}
