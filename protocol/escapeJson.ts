/** Anything but printable ASCII without `"` and `\`. */
const NOT_PLAIN = /[^ !#-[\]-~]/;

/**
 * What JSON allows and a reader can't see, or is misled by: DEL and C1 controls, bidirectional controls, zero-width
 * characters, and the separators that JavaScript counts as line ends. First and last of each range.
 */
const UNSEEN: readonly (readonly [number, number])[] = [
  [0x7f, 0x9f],
  [0x061c, 0x061c],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xfeff, 0xfeff],
];
const FIRST_UNSEEN = 0x7f;

/** Of each of these; made once, since whoever chooses a text may have it consist of nothing else. */
const escapes: ReadonlyMap<number, string> = new Map(
  UNSEEN.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, index) => [first + index, escapeOf(first + index)] as const),
  ),
);
const HAS_UNSEEN = new RegExp(`[${[...escapes.values()].join("")}]`);

/**
 * Text as a JSON string, with its quotes, or several as a list of them: well-formed Unicode, and nothing invisible in it
 * that is not escaped.
 */
export function escapeJson(text: string | readonly string[]): string {
  if (typeof text === "string" && !NOT_PLAIN.test(text)) return `"${text}"`;
  const json = JSON.stringify(text);
  return HAS_UNSEEN.test(json) ? escapeUnseen(json) : json;
}

function escapeUnseen(json: string): string {
  let escaped = "";
  let from = 0;
  for (let at = 0; at < json.length; at++) {
    const unit = json.charCodeAt(at);
    const escape = unit < FIRST_UNSEEN ? undefined : escapes.get(unit);
    if (escape === undefined) continue;
    escaped += json.slice(from, at) + escape;
    from = at + 1;
  }
  return escaped + json.slice(from);
}

function escapeOf(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}
