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

/**
 * Buckets by pid, a power of two: 64 KiB. A `Map` of the few processes that are alive at a time would be made anew for
 * every few that come and go.
 */
const BUCKETS = 8_192;

/** The latest exec of each process alive, and the execs that these hang under; bounded, and what is omitted is counted. */
export class LiveProcesses {
  readonly #maxEntries: number;
  readonly #maxUnits: number;
  /** By pid, because numbers are found faster than ids; the latest exec of each bucket, which leads to those before. */
  readonly #buckets = new Array<Entry | undefined>(BUCKETS).fill(undefined);
  #size = 0;
  #latestOrder = 0;
  #units = 0;
  readonly #omitted = new Map<string | undefined, number>();

  constructor(maxEntries: number, maxUnits: number) {
    this.#maxEntries = maxEntries;
    this.#maxUnits = maxUnits;
  }

  /** Processes alive that found no place. */
  omitted(visible: Visibility): number {
    let sum = 0;
    for (const [namespace, count] of this.#omitted) if (visible(namespace)) sum += count;
    return sum;
  }

  /** Whether the process is new. */
  exec({ id, pid, parentId, labels, namespace, line }: LiveExec): boolean {
    const bucket = pid & (BUCKETS - 1);
    const latest = this.#buckets[bucket];
    const before = aliveIn(latest, id, pid);
    if (latest?.id === id || before?.id === id) return false;
    if (this.#size >= this.#maxEntries || this.#units + line.length > this.#maxUnits) {
      if (before === undefined) this.#omitted.set(namespace, (this.#omitted.get(namespace) ?? 0) + 1);
      return before === undefined;
    }
    const parent = parentId === undefined ? undefined : this.#find(parentId);
    if (parent !== undefined) parent.children++;
    this.#buckets[bucket] = {
      id,
      pid,
      order: ++this.#latestOrder,
      labels,
      namespace,
      line,
      parent,
      earlier: latest,
      alive: true,
      children: 0,
    };
    this.#size++;
    this.#units += line.length;
    if (before !== undefined) this.#end(before);
    return before === undefined;
  }

  /** Whether the process was known to be alive. */
  exit(id: string, pid: number, namespace: string | undefined): boolean {
    const latest = aliveIn(this.#buckets[pid & (BUCKETS - 1)], id, pid);
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
    const entries: Entry[] = [];
    for (const latest of this.#buckets) {
      for (let entry: Entry | undefined = latest; entry !== undefined; entry = entry.earlier) {
        if (visible(entry.namespace) && matches(entry.labels)) entries.push(entry);
      }
    }
    return entries.sort((a, b) => a.order - b.order).map(({ line }) => line);
  }

  #find(id: string): Entry | undefined {
    let entry = this.#buckets[Number.parseInt(id, 10) & (BUCKETS - 1)];
    while (entry !== undefined && entry.id !== id) entry = entry.earlier;
    return entry;
  }

  #end(ended: Entry): void {
    ended.alive = false;
    for (let entry: Entry | undefined = ended; entry !== undefined; entry = entry.parent) {
      if (entry !== ended) entry.children--;
      if (entry.alive || entry.children > 0) return;
      this.#remove(entry);
    }
  }

  #remove(entry: Entry): void {
    const bucket = entry.pid & (BUCKETS - 1);
    let later = this.#buckets[bucket];
    if (later === entry) this.#buckets[bucket] = entry.earlier;
    else {
      while (later !== undefined && later.earlier !== entry) later = later.earlier;
      if (later !== undefined) later.earlier = entry.earlier;
    }
    this.#size--;
    this.#units -= entry.line.length;
  }
}

/** The exec of a process that is alive, of which `id` is another one, or the same. */
function aliveIn(latest: Entry | undefined, id: string, pid: number): Entry | undefined {
  let entry = latest;
  while (entry !== undefined && !(entry.alive && entry.pid === pid && isSameProcess(entry.id, id)))
    entry = entry.earlier;
  return entry;
}

/** Whether `<pid>.<start>` of two execs are the same. */
function isSameProcess(a: string, b: string): boolean {
  if (a === b) return true;
  const end = a.lastIndexOf(".");
  return b.lastIndexOf(".") === end && a.slice(0, end) === b.slice(0, end);
}
