import type { ArgumentCut } from "../../protocol/events.ts";
import { continuationHead, decodeText, incompleteTail } from "./decodeText.ts";

/** A process's arguments, as strings; `raw` has base64 of those that are not UTF-8 and null for the others. */
export interface DecodedArguments {
  readonly argv: string[];
  readonly raw: (string | null)[] | undefined;
  readonly cut: ArgumentCut | undefined;
}

const ELLIPSIS = "…";

/** Splits whole arguments that are plain ASCII. */
export function splitAscii(text: string): string[] {
  const argv: string[] = [];
  let start = 0;
  // Most are few, for which this takes half the time of `split`.
  for (let end = text.indexOf("\0"); end >= 0; end = text.indexOf("\0", start)) {
    argv.push(text.substring(start, end));
    start = end + 1;
  }
  // The last argument ends with a NUL too.
  if (start < text.length || argv.length === 0) argv.push(text.substring(start));
  return argv;
}

/** Splits arguments of any bytes, whole or with their middle missing. */
export function decodeArguments(head: Buffer, tail: Buffer, totalBytes: number): DecodedArguments {
  const elements = split(head);
  let cut: ArgumentCut | undefined;
  if (tail.length > 0) {
    const after = split(tail);
    const left = elements.pop() ?? head;
    const right = after.shift() ?? tail;
    const leftEnd = left.length - incompleteTail(left);
    const rightStart = continuationHead(right);
    cut = {
      argument: elements.length,
      missingBytes: totalBytes - head.length - tail.length + (left.length - leftEnd) + rightStart,
    };
    elements.push(
      Buffer.concat([left.subarray(0, leftEnd), Buffer.from(ELLIPSIS), right.subarray(rightStart)]),
    );
    elements.push(...after);
    if (elements.length > 1 && elements.at(-1)?.length === 0) elements.pop();
  } else if (elements.length > 1 && elements.at(-1)?.length === 0) {
    elements.pop();
  }
  const decoded = elements.map(decodeText);
  return {
    argv: decoded.map((each) => each.text),
    raw: decoded.some((each) => each.raw !== undefined) ? decoded.map((each) => each.raw ?? null) : undefined,
    cut,
  };
}

function split(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(0, start);
    if (end < 0) {
      parts.push(bytes.subarray(start));
      return parts;
    }
    parts.push(bytes.subarray(start, end));
    start = end + 1;
  }
}
