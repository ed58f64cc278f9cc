import type { RawBytes } from "../../protocol/events.ts";
import type { DecodedText } from "./decodeText.ts";

/** What is kept already, and the bytes of those texts that can't show them; undefined where there are none. */
export function withRaw(
  kept: RawBytes | undefined,
  texts: Readonly<Record<string, DecodedText | undefined>>,
): RawBytes | undefined {
  let raw = kept;
  for (const name in texts) {
    const bytes = texts[name]?.raw;
    if (bytes !== undefined) raw = { ...raw, [name]: bytes };
  }
  return raw;
}
