import { escapeJson } from "../../protocol/escapeJson.ts";
import type { ExecEvent, Labels, TracerEvent } from "../../protocol/events.ts";
import { fillBudget } from "./fillBudget.ts";
import { ArgumentShortener } from "./shortenArguments.ts";
import { shortenTexts, longestText } from "./shortenTexts.ts";
import type { TextField } from "./shortenTexts.ts";

/** What a line can have cut besides the arguments. Of labels, whole ones are left out. */
export type CutField = TextField | "labels";

/** Makes the line of an event that has been shortened; `cutFields` are those that are not whole. */
export type RenderLine = (event: TracerEvent, cutFields: readonly CutField[]) => string;

const NO_LABELS: Labels = {};

/** How much of an event's text is kept. */
interface Amounts {
  readonly labels: Labels;
  /** Of each text, in UTF-16 units or bytes. */
  readonly text: number;
  /** Of all arguments together, in the units of `ArgumentShortener`. */
  readonly args: number;
}

/**
 * The line of an event whose whole line is too long, at most `maxBytes` with its newline. Where everything but the
 * arguments takes no more than half of the line, it stays whole. Else labels get at most half of the room; paths and
 * other texts half of the rest, or what the arguments don't need; the arguments all that remains. So nothing that a
 * workspace user makes long can push out everything else.
 */
export function shortenLine(event: TracerEvent, maxBytes: number, render: RenderLine): string {
  const shortener = event.type === "exec" ? argumentsOf(event) : undefined;
  const argsLength = shortener?.length ?? 0;

  const line = (amounts: Amounts): string => {
    const shortened = shortenTexts(event, amounts.text);
    const cutFields: CutField[] = [...shortened.cutFields];
    if (amounts.labels !== event.labels) cutFields.push("labels");
    const part = { ...shortened.event, labels: amounts.labels };
    return render(
      shortener === undefined || part.type !== "exec" ? part : withArguments(part, shortener, amounts.args),
      cutFields,
    );
  };
  const sizeOf = (amounts: Amounts): number => Buffer.byteLength(line(amounts));

  const whole = { labels: event.labels, text: longestText(event), args: 0 };
  const room = sizeOf(whole) <= maxBytes / 2 ? whole : shareOut(whole, argsLength, maxBytes, sizeOf);
  // Every unit is in `argv` and in `cmdline`: more than this can't fit, and need not be tried.
  const most = Math.min(argsLength, Math.ceil(maxBytes / 2));
  const args = fillBudget(most, maxBytes, (amount) => sizeOf({ ...room, args: amount }));
  return line({ ...room, args });
}

/** How much of labels and texts to keep, so that the arguments get their share. */
function shareOut(
  whole: Amounts,
  argsLength: number,
  maxBytes: number,
  sizeOf: (amounts: Amounts) => number,
): Amounts {
  const bareBytes = sizeOf({ labels: NO_LABELS, text: 0, args: 0 });
  const labels = fitLabels(whole.labels, (maxBytes - bareBytes) / 2);
  const labelledBytes = sizeOf({ labels, text: 0, args: 0 });
  const argsBytes = sizeOf({ labels, text: 0, args: Math.min(argsLength, maxBytes) }) - labelledBytes;
  const textBudget = maxBytes - Math.min(argsBytes, (maxBytes - labelledBytes) / 2);
  const text = fillBudget(whole.text, textBudget, (amount) => sizeOf({ labels, text: amount, args: 0 }));
  return { labels, text, args: 0 };
}

function argumentsOf(event: ExecEvent): ArgumentShortener {
  return new ArgumentShortener({ argv: event.argv, raw: event.raw?.argv, cut: event.cut });
}

function withArguments(event: ExecEvent, shortener: ArgumentShortener, amount: number): ExecEvent {
  if (amount >= shortener.length) return event;
  const { argv, cut, raw: argvRaw } = shortener.keep(amount);
  const raw = { ...event.raw };
  if (argvRaw === undefined) delete raw.argv;
  else raw.argv = argvRaw;
  return { ...event, argv, cut, truncated: true, raw: Object.keys(raw).length === 0 ? undefined : raw };
}

/** The labels themselves when they fit, else as many as do, the shortest first. */
function fitLabels(labels: Labels, maxBytes: number): Labels {
  const sized = Object.entries(labels).map(([name, value]) => ({
    entry: [name, value] as const,
    bytes: Buffer.byteLength(`${escapeJson(name)}:${escapeJson(value)},`),
  }));
  sized.sort((a, b) => a.bytes - b.bytes);
  let room = maxBytes;
  const kept = sized.filter(({ bytes }) => (room -= bytes) >= 0);
  return kept.length === sized.length ? labels : Object.fromEntries(kept.map(({ entry }) => entry));
}
