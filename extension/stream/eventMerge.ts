import type { GapMessage } from "../../protocol/stream.ts";
import { EventDelay } from "./eventDelay.ts";
import { firstLineAfter, lastLine, lineTime } from "./lineTime.ts";

const NEWLINE = 0x0a;

/** Longest time that anything is held back for events of other sources which may be earlier, ms. */
export const HOLD_MS = 200;
/** Most bytes that are held back, of all sources together. */
export const MAX_HELD_LENGTH = 4 * 1024 * 1024;
/** Events of different sources that are less apart go out in any order: the page sorts them, and batches stay few. */
export const GRAIN_MS = 50;
/** A source that had nothing to say for so long is not waited for. */
const AWAITED_MS = 10_000;
/** More than what the sum of a time since 1970 and a few milliseconds may be off. */
const ROUNDING_MS = 0.01;

/** What one source has said. */
export type MergeItem =
  | { readonly type: "events"; readonly lines: Uint8Array<ArrayBuffer> }
  | { readonly type: "gap"; readonly gap: GapMessage };

/** What goes out now, and whose it is. */
export type Merged = MergeItem & { readonly source: string };

/** Events that came when events of other sources had gone out that are later by more than `HOLD_MS`. */
export interface LateEvents {
  readonly events: number;
  /** How much later at most, ms. */
  readonly maxMs: number;
}

interface Held {
  readonly item: MergeItem;
  readonly arrivedMs: number;
  /** What has gone out of its lines. */
  from: number;
  /** Of its first line that has not gone out; that of what came before it where it has none. */
  timeMs: number;
  /** Of its last line. */
  readonly lastMs: number;
}

interface Member {
  readonly id: string;
  readonly held: Held[];
  live: boolean;
  heardMs: number;
  /** Latest time of an event that has come; -Infinity before the first. */
  toldMs: number;
  /** How long its events take until they come, by the clocks of both ends. */
  readonly delay: EventDelay;
  /** Latest time of an event that has gone out. */
  sentMs: number;
  /** What is not later belongs to its past, and is not late. */
  pastMs: number;
  lateEvents: number;
  lateMs: number;
}

/**
 * Brings what several sources say into the order of time, as far as that is possible within `HOLD_MS` and
 * `MAX_HELD_LENGTH`; what a source says keeps its own order. A silent source is waited for only as long as its events have
 * taken before. Nothing is dropped: what comes too late goes out at once and is counted. With one source nothing is held. It has no clock: `take` is to be called after each `add`, and at `dueMs`. All times are
 * ms since 1970.
 */
export class EventMerge {
  readonly #members = new Map<string, Member>();
  #heldLength = 0;

  /** Bytes that are held back. */
  get heldLength(): number {
    return this.#heldLength;
  }

  /** When `take` gives more even if nothing comes, ms of the same clock; undefined while nothing is held. */
  get dueMs(): number | undefined {
    const next = this.#earliest();
    const head = next?.held[0];
    if (next === undefined || head === undefined) return undefined;
    let dueMs = -Infinity;
    for (const { heardMs, toldMs, delay } of this.#awaited(next)) {
      if (head.timeMs <= toldMs + GRAIN_MS) continue;
      const knownMs = Math.min(head.timeMs + delay.ms - GRAIN_MS, heardMs + AWAITED_MS);
      dueMs = Math.max(dueMs, knownMs + ROUNDING_MS);
    }
    return Math.min(dueMs, this.#overdueMs());
  }

  join(id: string, nowMs: number): void {
    const never = { heardMs: -Infinity, toldMs: -Infinity, sentMs: -Infinity };
    const delay = new EventDelay();
    this.#members.set(id, {
      ...{ id, held: [], live: false, ...never, delay },
      ...{ pastMs: nowMs, lateEvents: 0, lateMs: 0 },
    });
  }

  /** What is held of it is forgotten. */
  leave(id: string): void {
    for (const { item, from } of this.#members.get(id)?.held ?? []) {
      if (item.type === "events") this.#heldLength -= item.lines.length - from;
    }
    this.#members.delete(id);
  }

  /** Only sources that are connected are waited for. */
  setLive(id: string, live: boolean, nowMs: number): void {
    const member = this.#members.get(id);
    if (member === undefined || member.live === live) return;
    member.live = live;
    if (live) this.replays(id, nowMs);
  }

  /** The source tells what was until now before it goes on: that is not late. */
  replays(id: string, nowMs: number): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    member.pastMs = nowMs;
    member.toldMs = -Infinity;
  }

  /** Late events since the last time that this was asked. */
  takeLate(id: string): LateEvents | undefined {
    const member = this.#members.get(id);
    if (member === undefined || member.lateEvents === 0) return undefined;
    const late = { events: member.lateEvents, maxMs: member.lateMs };
    member.lateEvents = member.lateMs = 0;
    return late;
  }

  add(id: string, item: MergeItem, nowMs: number): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    let timeMs = member.held.at(-1)?.timeMs ?? -Infinity;
    let lastMs = timeMs;
    if (item.type === "events") {
      const { lines } = item;
      if (lines.length === 0) return;
      this.#heldLength += lines.length;
      timeMs = Math.max(timeMs, lineTime(lines, 0) ?? timeMs);
      const last = lastLine(lines);
      lastMs = last === 0 ? timeMs : (lineTime(lines, last) ?? timeMs);
      if (timeMs > member.pastMs) member.delay.add(nowMs - timeMs);
      member.toldMs = Math.max(member.toldMs, timeMs, lastMs);
      member.heardMs = nowMs;
    }
    member.held.push({ item, arrivedMs: nowMs, from: 0, timeMs, lastMs });
  }

  /** Everything that goes out now, in order. */
  take(nowMs: number): Merged[] {
    const out: Merged[] = [];
    for (;;) {
      const next = this.#earliest();
      const head = next?.held[0];
      if (next === undefined || head === undefined) return out;
      const overdue = this.#heldLength > MAX_HELD_LENGTH || nowMs >= this.#overdueMs();
      const knownMs = overdue ? Infinity : this.#knownMs(next, nowMs);
      if (head.timeMs > knownMs) return out;
      out.push(this.#send(next, head, knownMs));
    }
  }

  #earliest(): Member | undefined {
    let earliest: Member | undefined;
    let earliestMs = Infinity;
    for (const member of this.#members.values()) {
      const [head] = member.held;
      if (head === undefined || (earliest !== undefined && head.timeMs >= earliestMs)) continue;
      earliest = member;
      earliestMs = head.timeMs;
    }
    return earliest;
  }

  /** When something has been held for as long as anything may be. */
  #overdueMs(): number {
    let overdueMs = Infinity;
    for (const { held } of this.#members.values()) {
      const [first] = held;
      if (first !== undefined) overdueMs = Math.min(overdueMs, first.arrivedMs + HOLD_MS);
    }
    return overdueMs;
  }

  /** The sources that may still have something earlier. */
  *#awaited(next: Member): Iterable<Member> {
    for (const other of this.#members.values()) {
      if (other !== next && other.held.length === 0 && other.live) yield other;
    }
  }

  /** Up to this time nothing earlier is to be expected of the sources that have nothing held. */
  #knownMs(next: Member, nowMs: number): number {
    let knownMs = Infinity;
    for (const { heardMs, toldMs, delay } of this.#awaited(next)) {
      if (nowMs - heardMs >= AWAITED_MS) continue;
      knownMs = Math.min(knownMs, Math.max(toldMs, nowMs - delay.ms) + GRAIN_MS);
    }
    return knownMs;
  }

  #send(member: Member, head: Held, knownMs: number): Merged {
    const { id: source } = member;
    const { item, from } = head;
    if (item.type === "gap") {
      member.held.shift();
      return { ...item, source };
    }
    const { lines } = item;
    const end = this.#endOfRun(member, lines, from, knownMs);
    this.#heldLength -= end - from;
    const run = lines.subarray(from, end);
    this.#countLate(member, run, head.timeMs);
    const whole = end === lines.length;
    const lastMs = whole ? head.lastMs : (lineTime(run, lastLine(run)) ?? head.timeMs);
    member.sentMs = Math.max(member.sentMs, lastMs);
    if (whole) member.held.shift();
    else {
      head.from = end;
      head.timeMs = lineTime(lines, end) ?? head.timeMs;
    }
    // What is sent takes all of its buffer with it.
    return { type: "events", source, lines: whole && from === 0 ? lines : lines.slice(from, end) };
  }

  /** Its lines go out together as long as no other source is known to have earlier ones. */
  #endOfRun(member: Member, lines: Uint8Array, from: number, knownMs: number): number {
    let limitMs = knownMs;
    for (const other of this.#members.values()) {
      const [head] = other.held;
      if (other !== member && head !== undefined) limitMs = Math.min(limitMs, head.timeMs + GRAIN_MS);
    }
    if (limitMs === Infinity) return lines.length;
    const newline = lines.indexOf(NEWLINE, from);
    const endOfFirst = newline < 0 ? lines.length : newline + 1;
    return Math.max(firstLineAfter(lines, from, limitMs), endOfFirst);
  }

  #countLate(member: Member, run: Uint8Array, timeMs: number): void {
    let othersMs = -Infinity;
    for (const other of this.#members.values()) {
      if (other !== member) othersMs = Math.max(othersMs, other.sentMs);
    }
    if (timeMs <= member.pastMs || othersMs - timeMs <= HOLD_MS) return;
    member.lateMs = Math.max(member.lateMs, othersMs - timeMs);
    const end = firstLineAfter(run, 0, othersMs - HOLD_MS);
    for (let at = 0; at < end; member.lateEvents++) {
      const newline = run.indexOf(NEWLINE, at);
      at = newline < 0 ? end : newline + 1;
    }
  }
}
