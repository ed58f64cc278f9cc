import { readFileSync } from "node:fs";

import type { Random } from "../../fuzz/support/random.ts";

const WRITE = 1;
const SYNC = 2;
const REMOVE = 4;
const HEAD_BYTES = 24;
const SECTOR = 512;

/** A write, a truncation, a sync or a removal of a file. */
export interface DiskEntry {
  readonly kind: number;
  readonly file: string;
  readonly offset: number;
  readonly bytes: Buffer;
}

/** Files by name, as a disk has them. */
export type DiskImage = ReadonlyMap<string, Buffer>;

/** What the service did to its disk, in order. */
export function readDiskJournal(path: string): DiskEntry[] {
  const all = readFileSync(path);
  const entries: DiskEntry[] = [];
  for (let at = 0; at < all.length;) {
    const kind = all.readUInt32LE(at);
    const nameEnd = at + HEAD_BYTES + all.readUInt32LE(at + 4);
    const offset = Number(all.readBigUInt64LE(at + 8));
    const end = nameEnd + Number(all.readBigUInt64LE(at + 16));
    const file = all.toString("utf8", at + HEAD_BYTES, nameEnd);
    entries.push({ kind, file, offset, bytes: all.subarray(nameEnd, end) });
    at = end;
  }
  return entries;
}

/** A disk that remembers what is not synced yet. */
export class UnsyncedDisk {
  readonly #files = new Map<string, Buffer>();
  readonly #unsynced: DiskEntry[] = [];

  /** Removals count at once: a database syncs the folder after them. */
  apply(entry: DiskEntry): void {
    if (entry.kind === REMOVE) {
      this.#files.delete(entry.file);
      this.#forget(entry.file);
      return;
    }
    if (entry.kind !== SYNC) {
      this.#unsynced.push(entry);
      return;
    }
    for (const each of this.#unsynced.filter(({ file }) => file === entry.file)) change(this.#files, each);
    this.#forget(entry.file);
  }

  /** As it would be had everything been written. */
  whole(): DiskImage {
    return this.#with(this.#unsynced);
  }

  /** As a power loss now may leave it: of what is not synced any part is there, and of a write maybe some sectors. */
  afterPowerLoss(random: Random): DiskImage {
    const left = this.#unsynced.filter(() => random.below(2) === 0);
    return this.#with(
      left.map((entry) => {
        if (entry.kind !== WRITE || random.below(2) === 0) return entry;
        const sectors = random.below(Math.ceil(entry.bytes.length / SECTOR) + 1);
        return { ...entry, bytes: entry.bytes.subarray(0, sectors * SECTOR) };
      }),
    );
  }

  #forget(name: string): void {
    const others = this.#unsynced.filter(({ file }) => file !== name);
    this.#unsynced.splice(0, Infinity, ...others);
  }

  #with(entries: readonly DiskEntry[]): DiskImage {
    const files = new Map([...this.#files].map(([file, bytes]) => [file, Buffer.from(bytes)]));
    for (const entry of entries) change(files, entry);
    return files;
  }
}

function change(files: Map<string, Buffer>, { kind, file, offset, bytes }: DiskEntry): void {
  const before = files.get(file) ?? Buffer.alloc(0);
  if (kind !== WRITE) {
    files.set(file, Buffer.concat([before.subarray(0, offset)], offset));
    return;
  }
  const end = offset + bytes.length;
  const target = end <= before.length ? before : Buffer.concat([before], end);
  bytes.copy(target, offset);
  files.set(file, target);
}
