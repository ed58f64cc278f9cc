import type { RawBytes, TracerEvent } from "../../protocol/events.ts";
import { shortenText, textOrBytes } from "./shortenText.ts";

/** Fields of events that hold text of a workspace, up to a path's 4,096 bytes each. */
const TEXT_FIELDS = ["comm", "filename", "exe", "tty", "interpreter", "cwd", "cgroup"] as const;

/** A field of an event that holds text of a workspace, other than its arguments. */
export type TextField = (typeof TEXT_FIELDS)[number];

type Texts = Readonly<Partial<Record<TextField, string | undefined>>>;

/** Length of an event's longest text, in UTF-16 units, or in bytes where it is not UTF-8. */
export function longestText(event: TracerEvent): number {
  const texts = textsOf(event);
  return Math.max(0, ...TEXT_FIELDS.map((field) => source(event, field, texts[field] ?? "").length));
}

/** The event with head and tail of each text that is longer than `keep`, and which those are. */
export function shortenTexts(
  event: TracerEvent,
  keep: number,
): { readonly event: TracerEvent; readonly cutFields: readonly TextField[] } {
  const texts = textsOf(event);
  const shortened: Partial<Record<TextField, string>> = {};
  const raw = { ...rawOf(event) };
  const cutFields: TextField[] = [];
  for (const field of TEXT_FIELDS) {
    const text = texts[field];
    if (text === undefined) continue;
    const pieces = shortenText(source(event, field, text), keep);
    if (pieces === undefined) continue;
    cutFields.push(field);
    shortened[field] = pieces.text;
    if (pieces.raw === undefined) Reflect.deleteProperty(raw, field);
    else raw[field] = pieces.raw;
  }
  if (cutFields.length === 0) return { event, cutFields };
  const changed = { ...event, ...shortened };
  if (changed.type === "exit") return { event: changed, cutFields };
  return { event: { ...changed, raw: Object.keys(raw).length === 0 ? undefined : raw }, cutFields };
}

function textsOf(event: TracerEvent): Texts {
  return event.type === "exit" ? {} : event;
}

function rawOf(event: TracerEvent): RawBytes | undefined {
  return event.type === "exit" ? undefined : event.raw;
}

function source(event: TracerEvent, field: TextField, text: string): string | Buffer {
  const raw = rawOf(event)?.[field];
  return textOrBytes(text, typeof raw === "string" ? raw : undefined);
}
