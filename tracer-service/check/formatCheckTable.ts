import { HIDDEN } from "../../protocol/hiddenCharacters.ts";
import { styleText } from "node:util";
import { holds } from "./checkVerdict.ts";
import type { RequirementResult, RequirementStatus } from "./requirement.ts";

const marks = {
  ok: { symbol: "✓", colour: "green" },
  failed: { symbol: "✗", colour: "red" },
  warning: { symbol: "!", colour: "yellow" },
  skipped: { symbol: "-", colour: "gray" },
} as const satisfies Record<RequirementStatus, unknown>;

const statusWidth = Math.max(...Object.keys(marks).map((status) => status.length));

/** Results for people: a row for each, what to do below the rows that need it, and a verdict in one line. */
export function formatCheckTable(
  results: readonly RequirementResult[],
  options: { readonly colour: boolean },
): string {
  const nameWidth = Math.max(...results.map((result) => result.name.length));
  const indent = " ".repeat("✓ ".length + statusWidth + 2 + nameWidth + 2);
  const lines = results.flatMap(({ name, status, found, advice }) => {
    const { symbol, colour } = marks[status];
    const mark = `${symbol} ${status.padEnd(statusWidth)}`;
    const row = `${options.colour ? styleText(colour, mark, { validateStream: false }) : mark}  ${name.padEnd(nameWidth)}  ${plain(found)}`;
    return advice === undefined ? [row] : [row, `${indent}→ ${plain(advice)}`];
  });
  return `${[...lines, "", verdict(results)].join("\n")}\n`;
}

function verdict(results: readonly RequirementResult[]): string {
  const failures = results.filter((result) => result.status === "failed").map((result) => result.name);
  if (!holds(results))
    return `This node can't be traced yet: ${failures.join(", ")} failed; → says what to do.`;
  const warnings = results.filter((result) => result.status === "warning").length;
  if (warnings === 0) return "This node can be traced.";
  return `This node can be traced, with ${String(warnings)} warning${warnings === 1 ? "" : "s"}; → says what to do.`;
}

/** Mount points may hold any byte: what could move the cursor or reorder a line is made visible. */
function plain(text: string): string {
  return text.replace(HIDDEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
