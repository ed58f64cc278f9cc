/** Anything but printable ASCII without `"` and `\`. */
const NOT_PLAIN = /[^ !#-[\]-~]/;

/**
 * What JSON allows and a reader can't see, or is misled by: DEL and C1 controls, bidirectional controls, zero-width
 * characters, and the separators that JavaScript counts as line ends.
 */
const UNSEEN = /[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
const HAS_UNSEEN = new RegExp(UNSEEN.source);

/** Text as a JSON string, with its quotes: well-formed Unicode, and nothing invisible in it that is not escaped. */
export function escapeJson(text: string): string {
  if (!NOT_PLAIN.test(text)) return `"${text}"`;
  const json = JSON.stringify(text);
  return HAS_UNSEEN.test(json) ? json.replace(UNSEEN, escapeUnit) : json;
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
