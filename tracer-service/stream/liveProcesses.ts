import { randomBytes } from "node:crypto";

import type { Labels } from "../../protocol/events.ts";
import type { Visibility } from "./visibility.ts";

interface Entry {
  readonly id: string;
  readonly pid: number;
  /** Later execs have higher ones. */
  readonly order: number;
  readonly labels: Labels;
  readonly namespace: string | undefined;
  readonly line: string;
  /** The exec that it hangs under, as long as that is kept. */
  readonly parent: Entry | undefined;
  /** The one before in the same bucket. */
  earlier: Entry | undefined;
  alive: boolean;
  /** Entries that hang under this one. */
  children: number;
}

/** What of a process is kept. */
export interface LiveExec {
  readonly id: string;
  readonly pid: number;
  readonly parentId: string | undefined;
  readonly labels: Labels;
  readonly namespace: string | undefined;
  readonly line: string;
}

/** What entries take: their number, and UTF-16 units of their lines. */
interface Room {
  entries: number;
  units: number;
}

/**
 * Buckets, a power of two: 64 KiB. A `Map` of the few processes that are alive at a time would be made anew for every few
 * that come and go.
 */
const BUCKETS = 8_192;
const HASH_START = randomBytes(4).readInt32LE();

/** Entries by a number, the latest of each bucket first. */
class EntryTable {
  readonly #buckets = new Array<Entry | undefined>(BUCKETS).fill(undefined);
  #size = 0;

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  latest(key: number): Entry | undefined {
    return this.#buckets[key & (BUCKETS - 1)];
  }

  add(key: number, entry: Entry): void {
    entry.earlier = this.latest(key);
    this.#buckets[key & (BUCKETS - 1)] = entry;
    this.#size++;
  }

  /** It must be there. */
  remove(key: number, entry: Entry): void {
    this.#size--;
    let later = this.latest(key);
    if (later === entry) this.#buckets[key & (BUCKETS - 1)] = entry.earlier;
    while (later !== undefined && later.earlier !== entry) later = later.earlier;
    if (later !== undefined) later.earlier = entry.earlier;
  }

  *entries(): Generator<Entry> {
    for (const latest of this.#buckets) {
      for (let entry = latest; entry !== undefined; entry = entry.earlier) yield entry;
    }
  }
}

/**
 * The latest exec of each process alive, and the execs that these hang under. Bounded, and what is omitted is counted: a
 * workspace may have more of it as long as it has less than is free, so that none takes the room of the others.
 */
export class LiveProcesses {
  readonly #limit: Readonly<Room>;
  readonly #used: Room = { entries: 0, units: 0 };
  readonly #usedBy = new WeakMap<Labels, Room>();
  /** By pid, because numbers are found faster than ids: one of each process. */
  readonly #alive = new EntryTable();
  /** What is over and has others under it, by its id: of one process there may be any number. */
  readonly #ended = new EntryTable();
  #latestOrder = 0;
  readonly #omitted = new Map<string | undefined, number>();

  constructor(maxEntries: number, maxUnits: number) {
    this.#limit = { entries: maxEntries, units: maxUnits };
  }

  /** Processes alive that found no place. */
  omitted(visible: Visibility): number {
    let sum = 0;
    for (const [namespace, count] of this.#omitted) if (visible(namespace)) sum += count;
    return sum;
  }

  /** Whether the process is new. */
  exec({ id, pid, parentId, labels, namespace, line }: LiveExec): boolean {
    const before = this.#findAlive(id, pid);
    if (before?.id === id) return false;
    const own = this.#roomOf(labels);
    if (!this.#hasRoom(own, line.length)) {
      if (before === undefined) this.#omitted.set(namespace, (this.#omitted.get(namespace) ?? 0) + 1);
      return before === undefined;
    }
    const parent = parentId === undefined ? undefined : this.#find(parentId);
    if (parent !== undefined) parent.children++;
    this.#alive.add(pid, {
      id,
      pid,
      order: ++this.#latestOrder,
      labels,
      namespace,
      line,
      parent,
      earlier: undefined,
      alive: true,
      children: 0,
    });
    this.#count(own, 1, line);
    if (before !== undefined) this.#end(before);
    return before === undefined;
  }

  /** Whether the process was known to be alive. */
  exit(id: string, pid: number, namespace: string | undefined): boolean {
    const latest = this.#findAlive(id, pid);
    if (latest === undefined) {
      const omitted = this.#omitted.get(namespace) ?? 0;
      if (omitted === 0) return false;
      this.#omitted.set(namespace, omitted - 1);
      return true;
    }
    this.#end(latest);
    return true;
  }

  /** The lines of what matches, and of the ancestors that are kept, parents first as they were told. */
  lines(matches: (labels: Labels) => boolean, visible: Visibility): string[] {
    return [...this.#alive.entries(), ...this.#ended.entries()]
      .filter(({ labels, namespace }) => visible(namespace) && matches(labels))
      .sort((a, b) => a.order - b.order)
      .map(({ line }) => line);
  }

  /** The exec of a process that is alive, of which `id` is another one, or the same. */
  #findAlive(id: string, pid: number): Entry | undefined {
    let entry = this.#alive.latest(pid);
    while (entry !== undefined && !(entry.pid === pid && isSameProcess(entry.id, id))) entry = entry.earlier;
    return entry;
  }

  #findEnded(id: string): Entry | undefined {
    // Hashing an id costs as much as all else here.
    if (this.#ended.isEmpty) return undefined;
    let entry = this.#ended.latest(hashOf(id));
    while (entry !== undefined && entry.id !== id) entry = entry.earlier;
    return entry;
  }

  #find(id: string): Entry | undefined {
    const alive = this.#findAlive(id, Number.parseInt(id, 10));
    return alive?.id === id ? alive : this.#findEnded(id);
  }

  #end(ended: Entry): void {
    ended.alive = false;
    this.#alive.remove(ended.pid, ended);
    if (ended.children > 0) {
      this.#ended.add(hashOf(ended.id), ended);
      return;
    }
    this.#count(this.#roomOf(ended.labels), -1, ended.line);
    for (let above = ended.parent; above !== undefined; above = above.parent) {
      above.children--;
      if (above.alive || above.children > 0) return;
      this.#ended.remove(hashOf(above.id), above);
      this.#count(this.#roomOf(above.labels), -1, above.line);
    }
  }

  #hasRoom(own: Readonly<Room>, units: number): boolean {
    return (
      own.entries < this.#limit.entries - this.#used.entries &&
      own.units + units <= this.#limit.units - this.#used.units
    );
  }

  #roomOf(labels: Labels): Room {
    let own = this.#usedBy.get(labels);
    if (own === undefined) this.#usedBy.set(labels, (own = { entries: 0, units: 0 }));
    return own;
  }

  /** Adds an entry to what its workspace and all have, or (-1) takes it away. */
  #count(own: Room, sign: 1 | -1, line: string): void {
    own.entries += sign;
    own.units += sign * line.length;
    this.#used.entries += sign;
    this.#used.units += sign * line.length;
  }
}

/** FNV-1a from a start that nobody knows: a process can't choose its execs so that all are in one bucket. */
function hashOf(id: string): number {
  let hash = HASH_START;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return hash ^ (hash >>> 15);
}

/** Whether `<pid>.<start>` of two execs are the same. */
function isSameProcess(a: string, b: string): boolean {
  if (a === b) return true;
  const end = a.lastIndexOf(".");
  return b.lastIndexOf(".") === end && a.slice(0, end) === b.slice(0, end);
}
