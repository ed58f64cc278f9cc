import { codePointName, HIDDEN_OR_BLANK } from "../../protocol/hiddenCharacters.ts";

/** Longest text of a label, a description or an item of a list, in UTF-16 units. */
const MAX_LABEL = 200;

/** Keeps `$(` from being read as an icon; a backslash would be shown in views that draw no icons. */
const WORD_JOINER = "\u2060";

/**
 * Hostile text for labels, descriptions, tooltips and lists of the editor: what would not be seen is shown as
 * `⟨U+202E⟩`, `$(` draws no icon, and what is longer than `maxLength` UTF-16 units ends in `…`.
 */
export function nativeText(text: string, maxLength = MAX_LABEL): string {
  // What makes one unit longer makes it at most 12 long: nothing beyond can be seen, and 1 MB need not be searched.
  let shown = text.slice(0, maxLength + 1).replace(HIDDEN_OR_BLANK, showCodePoint);
  if (shown.length > maxLength) shown = `${shown.slice(0, endOfWhole(shown, maxLength - 1))}…`;
  return shown.replaceAll("$(", `$${WORD_JOINER}(`);
}

function showCodePoint(character: string): string {
  return `⟨${codePointName(character)}⟩`;
}

/** The nearest place before `end` that parts neither a surrogate pair nor a code point in brackets. */
function endOfWhole(text: string, end: number): number {
  const open = text.lastIndexOf("⟨", end - 1);
  if (open >= 0 && text.indexOf("⟩", open) >= end && end - open < 12) return open;
  const unit = text.charCodeAt(end - 1);
  return unit >= 0xd800 && unit <= 0xdbff ? end - 1 : end;
}
