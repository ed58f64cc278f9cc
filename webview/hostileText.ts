import { codePointName, HIDDEN_OR_BLANK } from "../protocol/hiddenCharacters.ts";

/** A piece of text as the screen may show it: `hidden` ones name a character that would not be seen, or would mislead. */
export interface TextPiece {
  readonly text: string;
  readonly hidden: boolean;
}

/** What a text looks like when nothing in it can hide. */
export interface VisibleText {
  readonly pieces: readonly TextPiece[];
  /** UTF-16 units of the text that are left out at its end. */
  readonly cut: number;
}

/** Longest text in a row, in UTF-16 units. */
export const MAX_ROW_TEXT = 1_000;
/** Longest text in a cell beside it, in UTF-16 units. */
export const MAX_CELL_TEXT = 300;

/** Cuts `text` to `max` UTF-16 units and names each character in it that the screen would not show, as ⟨U+202E⟩. */
export function toVisibleText(text: string, max: number): VisibleText {
  const kept = cutAt(text, max);
  const pieces: TextPiece[] = [];
  let end = 0;
  for (const { 0: character, index } of kept.matchAll(HIDDEN_OR_BLANK)) {
    if (index > end) pieces.push({ text: kept.slice(end, index), hidden: false });
    pieces.push({ text: `⟨${codePointName(character)}⟩`, hidden: true });
    end = index + character.length;
  }
  if (end < kept.length) pieces.push({ text: kept.slice(end), hidden: false });
  return { pieces, cut: text.length - kept.length };
}

/** As `toVisibleText`, in one string that ends in `…` where it was cut; for titles and labels. */
export function toVisibleString(text: string, max: number): string {
  const { pieces, cut } = toVisibleText(text, max);
  return pieces.map((piece) => piece.text).join("") + (cut > 0 ? "…" : "");
}

/** Never between the halves of a surrogate pair. */
function cutAt(text: string, max: number): string {
  if (text.length <= max) return text;
  const last = text.charCodeAt(max - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max);
}
