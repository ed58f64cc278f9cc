/** Controls, which could move the cursor, change colours or reverse the text; and what has no width to be seen by. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

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
