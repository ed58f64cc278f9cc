import { continuationHead, decodeText, incompleteTail } from "../decode/decodeText.ts";
import type { DecodedText } from "../decode/decodeText.ts";

/** Stands where something was cut out. */
export const ELLIPSIS = "…";

/** Text, or the bytes of what is not UTF-8. Lengths and positions are UTF-16 units, or bytes. */
export type TextOrBytes = string | Buffer;

/** What to cut: the bytes themselves where the text doesn't show them. */
export function textOrBytes(text: string, raw: string | null | undefined): TextOrBytes {
  return raw === undefined || raw === null ? text : Buffer.from(raw, "base64");
}

/** Length in bytes of UTF-8. */
export function byteLength(source: TextOrBytes): number {
  return typeof source === "string" ? Buffer.byteLength(source) : source.length;
}

/** What begins `first`, up to a position, and what ends `last`, from a position on, with an ellipsis between; no character is split. */
export function joinPieces(
  first: TextOrBytes,
  headEnd: number,
  last: TextOrBytes,
  tailStart: number,
): DecodedText {
  const head = headOf(first, headEnd);
  const tail = tailOf(last, tailStart);
  if (typeof head === "string" && typeof tail === "string") {
    return { text: head + ELLIPSIS + tail, raw: undefined };
  }
  return decodeText(Buffer.concat([toBytes(head), Buffer.from(ELLIPSIS), toBytes(tail)]));
}

/** Head and tail of a text, `keep` units or bytes of it in all. Returns undefined when the text is no longer than that. */
export function shortenText(source: TextOrBytes, keep: number): DecodedText | undefined {
  if (source.length <= keep) return undefined;
  const head = Math.ceil(keep / 2);
  return joinPieces(source, head, source, source.length - (keep - head));
}

function headOf(source: TextOrBytes, end: number): TextOrBytes {
  if (typeof source === "string") return source.slice(0, splitsPair(source, end) ? end - 1 : end);
  const piece = source.subarray(0, end);
  return end < source.length ? piece.subarray(0, end - incompleteTail(piece)) : piece;
}

function tailOf(source: TextOrBytes, start: number): TextOrBytes {
  if (typeof source === "string") return source.slice(splitsPair(source, start) ? start + 1 : start);
  const piece = source.subarray(start);
  return start > 0 ? piece.subarray(continuationHead(piece)) : piece;
}

/** Whether a position lies between the two halves of a surrogate pair. */
function splitsPair(text: string, position: number): boolean {
  return (
    (text.charCodeAt(position) & 0xfc00) === 0xdc00 && (text.charCodeAt(position - 1) & 0xfc00) === 0xd800
  );
}

function toBytes(source: TextOrBytes): Buffer {
  return typeof source === "string" ? Buffer.from(source) : source;
}
