import { escapeJson } from "../../protocol/escapeJson.ts";

/** What is known of a line only from what stands around it. */
export interface Origin {
  readonly node?: string;
  readonly pod?: string;
  readonly container?: string;
}

const KEYS = ["node", "pod", "container"] as const;

/**
 * The line with the keys `node`, `pod` and `container` added at its top level, where the log has them and the line
 * does not. The rest of its text stays as it is. `line` must be a JSON object with at least one key.
 */
export function withOrigin(line: string, value: object, origin: Origin): string {
  let added = "";
  for (const key of KEYS) {
    const text = origin[key];
    if (text !== undefined && !Object.hasOwn(value, key)) added += `,"${key}":${escapeJson(text)}`;
  }
  return added === "" ? line : `${line.slice(0, line.lastIndexOf("}"))}${added}}`;
}
