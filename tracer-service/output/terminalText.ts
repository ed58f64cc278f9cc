import { showHidden } from "../../protocol/hiddenCharacters.ts";
import { ELLIPSIS } from "./shortenText.ts";

const NO_CELL = /^[\p{Mn}\p{Me}]$/u;
/** East Asian characters and emoji take two cells (Unicode's UAX 11; blocks, not single characters). */
const TWO_CELLS =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]$/u;
/** More marks on one character than any script needs. */
const MARKS_IN_A_ROW = /(\p{M}{4})\p{M}+/gu;

/**
 * Text that a terminal shows as it is: C0 controls as their Unicode pictures (U+241B for ESC), other invisible
 * characters as `<U+202E>`.
 */
export function visibleText(text: string): string {
  return showHidden(text).replace(MARKS_IN_A_ROW, `$1${ELLIPSIS}`);
}

/**
 * Visible text in at most so many cells: whole, or its first two thirds and its end with `…` between, since padding
 * must not hide how a command ends.
 */
export function fitText(text: string, cells: number): string {
  const characters = Array.from(text);
  if (takeCells(characters, cells).length === characters.length) return text;
  const head = takeCells(characters, Math.ceil(((cells - 1) * 2) / 3));
  const tail = takeCells(characters.toReversed(), cells - 1 - cellsIn(head)).reverse();
  return `${head.join("")}${ELLIPSIS}${tail.join("")}`;
}

/** Text in exactly so many cells. */
export function padText(text: string, cells: number): string {
  const fitted = fitText(text, cells);
  return fitted + " ".repeat(cells - cellsIn(Array.from(fitted)));
}

/** The first characters, as many as fit. */
function takeCells(characters: readonly string[], cells: number): string[] {
  let room = cells;
  let count = 0;
  for (const character of characters) {
    room -= cellsOf(character);
    if (room < 0) break;
    count++;
  }
  return characters.slice(0, count);
}

function cellsIn(characters: readonly string[]): number {
  return characters.reduce((sum, character) => sum + cellsOf(character), 0);
}

function cellsOf(character: string): number {
  if (character <= "~") return 1;
  return NO_CELL.test(character) ? 0 : TWO_CELLS.test(character) ? 2 : 1;
}
