import { nativeText } from "../text/nativeText.ts";
import type { Translate } from "../../protocol/text/translate.ts";
import { type ShownSource, sourceFacts, sourceText } from "../views/sourceText.ts";
import type { LocalRequirement } from "./localRequirements.ts";
import type { Readiness } from "./readiness.ts";
import { whyText } from "../../protocol/text/shownError.ts";

/** What the report tells. */
export interface NodeReportInput {
  /** Name of the machine that the extension runs on. */
  readonly thisHost: string;
  readonly socketPath: string;
  /** What its service says, or why it says nothing. */
  readonly local: Readiness | Error;
  readonly requirements: readonly LocalRequirement[];
  readonly tracers: readonly {
    readonly source: ShownSource;
    /** Undefined: not asked. */
    readonly readiness: Readiness | Error | undefined;
  }[];
}

/** Lines of an answer that a report shows at most. */
const MAX_LINES = 60;

/** The report of all nodes as plain text. */
export function nodeReport(input: NodeReportInput, t: Translate, formatTime: (ms: number) => string): string {
  const lines = [
    t("This machine: {0}", nativeText(input.thisHost)),
    "",
    `  ${t("Tracer service on {0}: {1}", nativeText(input.socketPath, 4_096), readinessText(input.local, t))}`,
    ...answer(input.local),
    "",
    ...input.requirements.flatMap(({ name, ok, found, todo }) => [
      `  ${ok ? "✓" : "✗"} ${name.padEnd(18)} ${nativeText(found)}`,
      ...(todo === "" ? [] : [`    ${" ".repeat(18)} → ${todo}`]),
    ]),
    "",
    `  ${t("That is what can be seen without privileges. For everything, run this on the host:")}`,
    "",
    "    sudo tracer-service check",
  ];
  for (const { source, readiness } of input.tracers) {
    const { label, description } = sourceText(source, t, formatTime);
    lines.push("", `${label}: ${description}`, "");
    for (const { name, value } of sourceFacts(source, t, formatTime)) lines.push(`  ${name}: ${value}`);
    if (readiness === undefined) continue;
    lines.push(`  ${t("Readiness: {0}", readinessText(readiness, t))}`, ...answer(readiness));
  }
  return `${lines.join("\n")}\n`;
}

function readinessText(readiness: Readiness | Error, t: Translate): string {
  if (readiness instanceof Error) return t("no answer ({0})", nativeText(whyText(readiness, t), 300));
  if (readiness.status === 200) return t("ready");
  return t("not ready (status {0})", readiness.status);
}

/** What the service said, line by line. */
function answer(readiness: Readiness | Error): readonly string[] {
  if (readiness instanceof Error) return [];
  const lines = readiness.body.split(/\r?\n/).filter((line) => line.trim() !== "");
  return lines.slice(0, MAX_LINES).map((line) => `    ${nativeText(line, 500)}`);
}
