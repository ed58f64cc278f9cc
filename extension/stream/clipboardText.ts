import { HIDDEN } from "../../protocol/hiddenCharacters.ts";

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Text for the clipboard, and whether it differs from what was asked for. */
export interface ClipboardText {
  readonly text: string;
  readonly escaped: boolean;
}

/** One line without anything invisible in it: such characters become escapes that can be read, such as `\x1b`. */
export function clipboardText(text: string): ClipboardText {
  const safe = text.replace(HIDDEN, escapeCharacter);
  return { text: safe, escaped: safe !== text };
}

function escapeCharacter(character: string): string {
  const named = NAMED[character];
  if (named !== undefined) return named;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\u{${hex}}`;
}
