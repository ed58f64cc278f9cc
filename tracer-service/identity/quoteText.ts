import { HIDDEN } from "../../protocol/hiddenCharacters.ts";

const MAX_LENGTH = 80;

/** Shows hostile text in a message: quoted, on one line, only visible characters, at most 80 of them and then `…`. */
export function quoteText(text: string): string {
  const shown = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  return JSON.stringify(shown).replace(HIDDEN, escapeUnits);
}

function escapeUnits(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`,
  ).join("");
}
