import { isUtf8 } from "node:buffer";

import type { ArgumentCut } from "../../protocol/events.ts";
import { continuationHead, incompleteTail } from "./decodeText.ts";

/** A process's arguments, as strings; `raw` has base64 of those that are not UTF-8 and null for the others. */
export interface DecodedArguments {
  readonly argv: string[];
  readonly raw: (string | null)[] | undefined;
  readonly cut: ArgumentCut | undefined;
}

const ELLIPSIS = Buffer.from("…");
const REPLACEMENT = "\ufffd";
const REPLACEMENT_BYTES = Buffer.from(REPLACEMENT).toString("latin1");

/** Splits whole arguments. */
export function splitArguments(text: string): string[] {
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
  if (tail.length === 0) return { ...decodeWhole(head), cut: undefined };
  const left = head.subarray(0, head.length - incompleteTail(head));
  const right = tail.subarray(continuationHead(tail));
  return {
    ...decodeWhole(Buffer.concat([left, ELLIPSIS, right])),
    cut: { argument: countNuls(left), missingBytes: totalBytes - left.length - right.length },
  };
}

/** There may be as many arguments as half of the bytes: most of the work is done for all of them at once. */
function decodeWhole(bytes: Buffer): Pick<DecodedArguments, "argv" | "raw"> {
  // No NUL is part of what becomes U+FFFD.
  const argv = splitArguments(bytes.toString("utf8"));
  if (isUtf8(bytes)) return { argv, raw: undefined };
  let next = 0;
  const raw = splitArguments(bytes.toString("latin1")).map((latin1, index) => {
    const start = next;
    const end = start + latin1.length;
    next = end + 1;
    if (argv[index]?.includes(REPLACEMENT) !== true) return null;
    const isShown = latin1.includes(REPLACEMENT_BYTES) && isUtf8(bytes.subarray(start, end));
    return isShown ? null : bytes.toString("base64", start, end);
  });
  return { argv, raw };
}

function countNuls(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(0); at >= 0; at = bytes.indexOf(0, at + 1)) count++;
  return count;
}
