import type { Labels } from "../../protocol/events.ts";
import { quoteText } from "../identity/quoteText.ts";

const MAX_KEY = 128;
const MAX_VALUE = 512;
const MAX_LABELS = 64;

/** Controls, invisible and direction-changing characters, line ends, lone surrogates, and what stands for invalid UTF-8. */
const UNFIT = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\uFFFD]/u;

/**
 * Reads the values of all `--label` flags, `key=value` each or several with commas between. White space around keys
 * and values is dropped. A label without a value is left out, as nothing is known of it. Throws one line.
 *
 * A key that comes twice must have one value: users choose some of the values that templates pass on, and one such as
 * `eve,username=alice` would otherwise make them somebody else.
 */
export function parseLabelFlags(flags: readonly string[]): Labels {
  const labels = new Map<string, string>();
  for (const [key, value] of flags.flatMap((flag) => flag.split(",").map(parseLabel))) {
    if (value === "") continue;
    const other = labels.get(key);
    if (other !== undefined && other !== value) {
      throw new Error(
        `--label: expected one value for ${quoteText(key)}, found ${quoteText(other)} and ${quoteText(value)}`,
      );
    }
    labels.set(key, value);
  }
  if (labels.size > MAX_LABELS) {
    throw new Error(`--label: expected at most ${String(MAX_LABELS)} labels, found ${String(labels.size)}`);
  }
  return Object.fromEntries(labels);
}

function parseLabel(text: string): readonly [key: string, value: string] {
  const separator = text.indexOf("=");
  if (separator < 0) {
    throw new Error(`--label: expected key=value, commas only between labels, found ${quoteText(text)}`);
  }
  const key = text.slice(0, separator).trim();
  const value = text.slice(separator + 1).trim();
  if (key === "") throw new Error(`--label: expected a key before the =, found ${quoteText(text)}`);
  requireFit("key", key, MAX_KEY);
  requireFit("value", value, MAX_VALUE);
  return [key, value];
}

function requireFit(what: "key" | "value", text: string, maxLength: number): void {
  if (text.length > maxLength) {
    throw new Error(
      `--label: expected a ${what} of at most ${String(maxLength)} characters, found ${quoteText(text)}`,
    );
  }
  if (UNFIT.test(text)) {
    throw new Error(`--label: expected a ${what} of visible characters, found ${quoteText(text)}`);
  }
}
