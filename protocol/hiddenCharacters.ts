/**
 * What is not seen or changes how its neighbours are seen: control, format (bidirectional, zero-width, tags), halves of
 * surrogate pairs, private use, separators of lines, variation selectors, and fillers that fonts leave blank.
 */
const HIDDEN_CLASS = String.raw`\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800`;

/** Every character that a reader would not see, or would be misled by. For `replace` and `matchAll`. */
export const HIDDEN = new RegExp(`[${HIDDEN_CLASS}]`, "gu");

/** The same, and every space but the plain one. */
export const HIDDEN_OR_BLANK = new RegExp(`(?! )[${HIDDEN_CLASS}\\p{Z}]`, "gu");

/** The name of a character, such as `U+202E`. */
export function codePointName(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Text as it is: C0 controls become their Unicode pictures (U+241B for ESC), other hidden characters `<U+202E>`. */
export function showHidden(text: string): string {
  return text.replace(HIDDEN, picture);
}

function picture(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  return `<${codePointName(character)}>`;
}
