import type { Parts, Piece } from "./textWithParts.ts";
import { parseUid } from "./uidText.ts";

/** Digits of the greatest uid. */
const MAX_UID_DIGITS = 10;

/**
 * Reads one component of a path by one component of a pattern and returns the parts that were not known before.
 *
 * A text that can be read in several ways is `ambiguous`, whichever of them looks best: `{username}-{workspace_name}`
 * would make `jessie-jr-main` a workspace of jessie or of jessie-jr. Time grows with `text` times the pieces.
 */
export function readComponent(
  pieces: readonly Piece[],
  text: string,
  known: Parts,
): Parts | "ambiguous" | undefined {
  const resolved = pieces.map((piece) => resolve(piece, known));
  const readings = countReadings(resolved, text);
  const total = readings[0]?.[0] ?? 0;
  if (total !== 1) return total === 0 ? undefined : "ambiguous";

  const parts = new Map<string, string>();
  let start = 0;
  for (const [index, piece] of resolved.entries()) {
    const end =
      piece.type === "text"
        ? start + piece.text.length
        : partEnd(piece.name, start, text, readings[index + 1]);
    if (piece.type === "part") parts.set(piece.name, text.slice(start, end));
    start = end;
  }
  return parts;
}

/** A part seen before must stand for the same text again. */
function resolve(piece: Piece, known: Parts): Piece {
  const text = piece.type === "part" ? known.get(piece.name) : undefined;
  return text === undefined ? piece : { type: "text", text };
}

/** In how many ways (0, 1, or 2 for more) the pieces from `i` on read the text from `j` on: `result[i][j]`. */
function countReadings(pieces: readonly Piece[], text: string): readonly Uint8Array[] {
  let next = new Uint8Array(text.length + 1);
  next[text.length] = 1;
  const all = [next];
  for (const piece of pieces.toReversed()) {
    const here = new Uint8Array(text.length + 1);
    let further = 0;
    for (let start = text.length; start >= 0; start--) {
      further = Math.min(2, further + (next[start + 1] ?? 0));
      if (piece.type === "text") {
        here[start] = text.startsWith(piece.text, start) ? (next[start + piece.text.length] ?? 0) : 0;
      } else if (piece.name === "uid") {
        const ways = uidEnds(text, start).reduce((sum, end) => sum + (next[end] ?? 0), 0);
        here[start] = Math.min(2, ways);
      } else {
        here[start] = further;
      }
    }
    all.unshift(here);
    next = here;
  }
  return all;
}

/** Where the part ends in the only reading that there is. */
function partEnd(name: string, start: number, text: string, next: Uint8Array | undefined): number {
  const end =
    name === "uid" ? uidEnds(text, start).find((end) => next?.[end] === 1) : next?.indexOf(1, start + 1);
  return end ?? text.length;
}

function uidEnds(text: string, start: number): readonly number[] {
  const ends: number[] = [];
  for (let end = start + 1; end <= Math.min(text.length, start + MAX_UID_DIGITS); end++) {
    if (parseUid(text.slice(start, end)) === undefined) break;
    ends.push(end);
  }
  return ends;
}
