import { isUtf8 } from "node:buffer";

import { decodeText, type DecodedText } from "./decodeText.ts";

/** A byte that is not UTF-8 stands as the lone surrogate of this and its value, which no UTF-8 decodes to. */
const BYTE = 0xdc00;
const MAX_SEQUENCE = 4;

/** Text from which the bytes can be had again, whatever they are: names in a file system, for which other bytes are another name. */
export function losslessText(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString("utf8");
  let text = "";
  for (let start = 0; start < bytes.length;) {
    const length = sequenceAt(bytes, start);
    text +=
      length === 0
        ? String.fromCharCode(BYTE + (bytes[start] ?? 0))
        : bytes.toString("utf8", start, start + length);
    start += Math.max(1, length);
  }
  return text;
}

/** The bytes that `losslessText` was made of; a string where they are its UTF-8. */
export function losslessBytes(text: string): string | Buffer {
  if (text.isWellFormed()) return text;
  const bytes = Buffer.allocUnsafe(text.length * 3);
  let length = 0;
  // Character by character, but for what is not ASCII without a call: each event tells such a name.
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) bytes[length++] = code;
    else if (code >= BYTE + 0x80 && code <= BYTE + 0xff) bytes[length++] = code - BYTE;
    else length += bytes.write(character, length);
  }
  return bytes.subarray(0, length);
}

/** The text to show, and the bytes beside it where it can't show them. */
export function showLossless(text: string | undefined): DecodedText | undefined {
  if (text === undefined) return undefined;
  const bytes = losslessBytes(text);
  return typeof bytes === "string" ? { text, raw: undefined } : decodeText(bytes);
}

/** Bytes of the UTF-8 character that begins there; 0 where none does. */
function sequenceAt(bytes: Buffer, start: number): number {
  for (let length = 1; length <= Math.min(MAX_SEQUENCE, bytes.length - start); length++) {
    if (isUtf8(bytes.subarray(start, start + length))) return length;
  }
  return 0;
}
