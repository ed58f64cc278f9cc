import type { ExecEvent, ExitEvent, Labels } from "../../protocol/events.ts";
import type { Visibility } from "./visibility.ts";

interface Entry {
  readonly labels: Labels;
  readonly namespace: string | undefined;
  readonly parentId: string | undefined;
  readonly line: string;
  alive: boolean;
  /** Entries that hang under this one. */
  children: number;
}

/** What of a process is kept. */
export interface LiveExec {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly labels: Labels;
  readonly namespace: string | undefined;
  readonly line: string;
}

/** The latest exec of each process alive, and the execs that these hang under; bounded, and what is omitted is counted. */
export class LiveProcesses {
  readonly #maxEntries: number;
  readonly #maxUnits: number;
  readonly #entries = new Map<string, Entry>();
  /** `<pid>.<start>` to the process's latest exec. */
  readonly #latest = new Map<string, string>();
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
  exec({ id, parentId, labels, namespace, line }: LiveExec): boolean {
    const process = processOf(id);
    const before = this.#latest.get(process);
    if (before === id) return false;
    if (this.#entries.size >= this.#maxEntries || this.#units + line.length > this.#maxUnits) {
      if (before === undefined) this.#omitted.set(namespace, (this.#omitted.get(namespace) ?? 0) + 1);
      return before === undefined;
    }
    this.#entries.set(id, { labels, namespace, parentId, line, alive: true, children: 0 });
    this.#units += line.length;
    this.#latest.set(process, id);
    const parent = parentId === undefined ? undefined : this.#entries.get(parentId);
    if (parent !== undefined) parent.children++;
    if (before !== undefined) this.#end(before);
    return before === undefined;
  }

  /** Whether the process was known to be alive. */
  exit(id: string, namespace: string | undefined): boolean {
    const process = processOf(id);
    const latest = this.#latest.get(process);
    if (latest === undefined) {
      const omitted = this.#omitted.get(namespace) ?? 0;
      if (omitted === 0) return false;
      this.#omitted.set(namespace, omitted - 1);
      return true;
    }
    this.#latest.delete(process);
    this.#end(latest);
    return true;
  }

  /** The lines of what matches, and of the ancestors that are kept, parents first as they were told. */
  lines(matches: (labels: Labels) => boolean, visible: Visibility): string[] {
    const lines: string[] = [];
    for (const { labels, namespace, line } of this.#entries.values()) {
      if (visible(namespace) && matches(labels)) lines.push(line);
    }
    return lines;
  }

  #end(id: string): void {
    const ended = this.#entries.get(id);
    if (ended !== undefined) ended.alive = false;
    let next: string | undefined = id;
    while (next !== undefined) {
      const entry = this.#entries.get(next);
      if (entry === undefined || entry.alive || entry.children > 0) return;
      this.#entries.delete(next);
      this.#units -= entry.line.length;
      next = entry.parentId;
      const parent = next === undefined ? undefined : this.#entries.get(next);
      if (parent !== undefined) parent.children--;
    }
  }
}

/** `<pid>.<start>` of an exec or exit. */
function processOf(id: (ExecEvent | ExitEvent)["id"]): string {
  return id.slice(0, id.lastIndexOf("."));
}
