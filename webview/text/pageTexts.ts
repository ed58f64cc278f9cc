import type { Texts } from "../../protocol/text/translate.ts";

const NO_TEXTS: Texts = {};

/** The texts in the attribute `data-texts` of the page's body; none where it is missing, or of another shape. */
export function pageTexts(attribute: string | undefined): Texts {
  if (attribute === undefined) return NO_TEXTS;
  const value = parseJson(attribute);
  if (typeof value !== "object" || value === null) return NO_TEXTS;
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
