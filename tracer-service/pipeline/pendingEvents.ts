/** How long and in how much memory events may wait. */
export interface PendingLimits {
  readonly maxMs: number;
  /** Of all that wait, by estimate. */
  readonly maxBytes: number;
}

interface Entry<T> {
  readonly event: T;
  readonly bytes: number;
  readonly dueMs: number;
}

interface Group<T> {
  entries: Entry<T>[];
  bytes: number;
}

/**
 * Events that wait for what they happened in, by pod. What is released keeps its order within a container, and all of
 * a pod that becomes known at once keeps it as a whole; between pods there is no order to keep, and nothing of one pod
 * waits for another. Never drops: what can't wait any longer is handed back, the oldest of the pod with most first.
 */
export class PendingEvents<T> {
  readonly #limits: PendingLimits;
  readonly #groups = new Map<string, Group<T>>();
  #bytes = 0;
  #size = 0;

  constructor(limits: PendingLimits) {
    this.#limits = limits;
  }

  /** Events that wait, and the bytes that they take by estimate. */
  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Lets an event wait. Returns the events for which there is no room any more. */
  add(awaiting: string, event: T, bytes: number, nowMs: number): T[] {
    let group = this.#groups.get(awaiting);
    if (group === undefined) {
      group = { entries: [], bytes: 0 };
      this.#groups.set(awaiting, group);
    }
    group.entries.push({ event, bytes, dueMs: nowMs + this.#limits.maxMs });
    group.bytes += bytes;
    this.#bytes += bytes;
    this.#size++;
    const evicted: T[] = [];
    while (this.#bytes > this.#limits.maxBytes) evicted.push(...this.#evict());
    return evicted;
  }

  /** There is news: hands every event of the group to `settle`, in order, and keeps those for which it says false. */
  release(awaiting: string, settle: (event: T) => boolean): void {
    const group = this.#groups.get(awaiting);
    if (group === undefined) return;
    this.#keep(
      awaiting,
      group,
      group.entries.filter(({ event }) => !settle(event)),
    );
  }

  /** The events that have waited for as long as they may, in order within their group. */
  expire(nowMs: number): T[] {
    const expired: T[] = [];
    for (const [awaiting, group] of this.#groups) {
      const { entries } = group;
      const waiting = entries.findIndex(({ dueMs }) => dueMs > nowMs);
      const count = waiting === -1 ? entries.length : waiting;
      if (count === 0) continue;
      expired.push(...entries.slice(0, count).map(({ event }) => event));
      this.#keep(awaiting, group, entries.slice(count));
    }
    return expired;
  }

  /** A tenth of what the largest group holds, at least one event: each eviction makes room for many. */
  #evict(): T[] {
    let largest: [string, Group<T>] | undefined;
    for (const each of this.#groups) if (each[1].bytes > (largest?.[1].bytes ?? 0)) largest = each;
    if (largest === undefined) return [];
    const [awaiting, group] = largest;
    const count = Math.ceil(group.entries.length / 10);
    const evicted = group.entries.slice(0, count).map(({ event }) => event);
    this.#keep(awaiting, group, group.entries.slice(count));
    return evicted;
  }

  #keep(awaiting: string, group: Group<T>, entries: Entry<T>[]): void {
    const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
    this.#bytes -= group.bytes - bytes;
    this.#size -= group.entries.length - entries.length;
    group.entries = entries;
    group.bytes = bytes;
    if (entries.length === 0) this.#groups.delete(awaiting);
  }
}
