import { quoteText } from "./quoteText.ts";

/** One piece of a text with named parts: literal text, or the part that stands there. */
export type Piece =
  { readonly type: "text"; readonly text: string } | { readonly type: "part"; readonly name: string };

/** What the named parts of a pattern stand for in one path. */
export type Parts = ReadonlyMap<string, string>;

/** Names of parts and of labels. */
const NAME = /^[a-z][a-z0-9_]{0,63}$/;

/** Splits `a{b}c` into literal text and named parts; braces serve nothing else. Throws one line, `expected …, found …`. */
export function parseTextWithParts(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  while (start < text.length) {
    const open = indexOrEnd(text, "{", start);
    const literal = text.slice(start, open);
    if (literal.includes("}")) throw new Error(`expected a { before each }, found ${quoteText(text)}`);
    if (literal !== "") pieces.push({ type: "text", text: literal });
    if (open === text.length) break;

    const close = indexOrEnd(text, "}", open);
    if (close === text.length) throw new Error(`expected a } after each {, found ${quoteText(text)}`);
    pieces.push({ type: "part", name: parseName(text.slice(open + 1, close)) });
    start = close + 1;
  }
  return pieces;
}

/** Checks the name of a part or of a label. Throws one line, `expected …, found …`. */
export function parseName(name: string): string {
  if (NAME.test(name)) return name;
  throw new Error(
    `expected a name of at most 64 small letters, digits and _ that begins with a letter, found ${quoteText(name)}`,
  );
}

function indexOrEnd(text: string, character: string, from: number): number {
  const index = text.indexOf(character, from);
  return index === -1 ? text.length : index;
}
