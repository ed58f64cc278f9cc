import type { Labels } from "../../protocol/events.ts";
import { quoteText } from "./quoteText.ts";
import { parseName, parseTextWithParts, type Parts, type Piece } from "./textWithParts.ts";

const MAX_VALUE = 256;

/** The values of a rule's labels before a path fills in their parts; keys are label names. */
export type LabelTemplates = ReadonlyMap<string, readonly Piece[]>;

/** Labels, or why there are none: one line. */
export type FilledLabels =
  | { readonly type: "labels"; readonly labels: Labels }
  | { readonly type: "invalid"; readonly reason: string };

/** Reads a label's value, such as `{user}` or `login`. Throws one line, `expected …, found …`. */
export function parseLabel(name: string, value: string, partNames: ReadonlySet<string>): readonly Piece[] {
  parseName(name);
  const pieces = parseTextWithParts(value);
  for (const piece of pieces) {
    if (piece.type === "part" && !partNames.has(piece.name)) {
      const known = [...partNames].map((part) => `{${part}}`).join(", ");
      throw new Error(
        `expected only parts that this rule knows (${known || "none"}), found ${quoteText(value)}`,
      );
    }
  }
  const sample = pieces.map((piece) => (piece.type === "text" ? piece.text : "x")).join("");
  const problem = labelProblem(sample);
  if (problem !== undefined) throw new Error(`expected a label, found ${quoteText(value)}, which ${problem}`);
  return pieces;
}

/** Fills in the parts. One invalid value makes all labels invalid: a cut or changed name could be somebody else's. */
export function fillLabels(templates: LabelTemplates, parts: Parts): FilledLabels {
  const labels = new Map<string, string>();
  for (const [name, pieces] of templates) {
    const value = pieces
      .map((piece) => (piece.type === "text" ? piece.text : (parts.get(piece.name) ?? "")))
      .join("");
    const problem = labelProblem(value);
    if (problem !== undefined)
      return { type: "invalid", reason: `${name} would be ${quoteText(value)}, which ${problem}` };
    labels.set(name, value);
  }
  return { type: "labels", labels: Object.fromEntries(labels) };
}

/** Why a text is no label value, as the end of a sentence; undefined if it is one. */
export function labelProblem(value: string): string | undefined {
  if (value === "") return "is empty";
  if (value.length > MAX_VALUE) return `is longer than ${String(MAX_VALUE)} characters`;
  // Bytes that are not UTF-8 are lone surrogates in a path, and look all the same elsewhere.
  if (!value.isWellFormed() || value.includes("\uFFFD")) return "is not valid UTF-8";
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(value)) return "holds control or invisible characters";
  if (value.trim() !== value) return "begins or ends with white space";
  // What /proc/PID/cgroup appends to the path of a removed cgroup; the name itself can't be told from it.
  if (value.endsWith(" (deleted)")) return "ends as the path of a removed cgroup does";
  return undefined;
}
