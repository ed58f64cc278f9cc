import { showHidden } from "../../protocol/hiddenCharacters.ts";

/** What a spreadsheet takes for a formula, also in its wide form and after spaces. */
const FORMULA = /^[\s\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r]/;
const NEEDS_QUOTES = /[",\n\r']|^\s|\s$/;

/**
 * A cell of comma-separated values (RFC 4180) that shows hostile text as it is: a spreadsheet doesn't run it, and
 * controls and invisible characters appear as pictures or as `<U+202E>`.
 */
export function visibleCell(text: string): string {
  const inert = FORMULA.test(text) ? `'${text}` : text;
  const visible = showHidden(inert);
  return NEEDS_QUOTES.test(visible) ? `"${visible.replaceAll('"', '""')}"` : visible;
}
