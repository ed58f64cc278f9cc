import type { Random } from "./random.ts";

/** Longest input: parsers with larger bounds are given what reaches those bounds by their seeds. */
const MAX_BYTES = 16_384;

/** What parsers of text and of binary records are known to stumble over. */
const PIECES = [
  ...[
    "",
    "\0",
    "\n",
    "\r\n",
    "\\",
    '"',
    "'",
    "`",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "/",
    "//",
    "..",
    "$(",
    "${",
    "%",
  ],
  ...[
    "null",
    "true",
    "-0",
    "1e999",
    "9007199254740993",
    "-1",
    "4294967296",
    "0x10",
    "NaN",
    "\\u0000",
    "\\ud800",
  ],
  ...[
    "__proto__",
    "constructor",
    "toString",
    "\u202e",
    "\u200b",
    "\ufeff",
    "\u2028",
    "𝄞",
    "(a+)+$",
    "(?=",
    "[^",
  ],
].map((text) => Buffer.from(text));
const BYTES = [
  [0xff],
  [0xff, 0xff, 0xff, 0xff],
  [0x00, 0x00, 0x00, 0x80],
  [0x7f, 0xff, 0xff, 0xff],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf8],
  [0x1f, 0x8b, 0x08],
].map((bytes) => Buffer.from(bytes));

/** An input made of those of the corpus, by one to eight changes. `words`: pieces that the target knows. */
export function mutate(random: Random, corpus: readonly Buffer[], words: readonly Buffer[]): Buffer {
  let input: Buffer = Buffer.from(random.pick(corpus));
  for (let changes = 1 + random.below(8); changes > 0; changes--)
    input = change(random, input, corpus, words);
  return input.length > MAX_BYTES ? input.subarray(0, MAX_BYTES) : input;
}

function change(random: Random, input: Buffer, corpus: readonly Buffer[], words: readonly Buffer[]): Buffer {
  const at = random.below(input.length + 1);
  const length = Math.min(1 + random.below(1 << random.below(9)), input.length - at);
  switch (random.below(9)) {
    case 0:
      return withByte(input, at, 1 << random.below(8));
    case 1:
      return splice(input, at, length, Buffer.alloc(0));
    case 2:
      return splice(input, at, 0, random.pick(words.length > 0 && random.below(2) === 0 ? words : PIECES));
    case 3:
      return splice(input, at, random.below(4) === 0 ? 0 : length, random.pick(BYTES));
    case 4:
      return splice(input, at, 0, input.subarray(at, at + length));
    case 5: {
      const other = random.pick(corpus);
      const from = random.below(other.length + 1);
      return splice(input, at, length, other.subarray(from, from + 1 + random.below(256)));
    }
    case 6:
      return splice(input, at, 0, Buffer.alloc(1 << random.below(10), random.below(256)));
    case 7:
      return input.subarray(0, at);
    default:
      return splice(
        input,
        at,
        length,
        Buffer.from(String(random.below(2) === 0 ? random.below(300) : 2 ** random.below(31))),
      );
  }
}

function withByte(input: Buffer, at: number, flip: number): Buffer {
  const byte = input[at];
  if (byte !== undefined) input[at] = byte ^ flip;
  return input;
}

function splice(input: Buffer, at: number, length: number, piece: Buffer): Buffer {
  return Buffer.concat([input.subarray(0, at), piece, input.subarray(at + length)]);
}
