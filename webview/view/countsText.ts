import type { ModelCounts } from "../worker/workerMessages.ts";
import { formatCount } from "./numberText.ts";

/** `2,306 of 12,481 · 12 failed · 37 lost`: a part with its tone, in the order in which they are shown. */
export function countsParts(
  counts: ModelCounts,
): readonly { readonly text: string; readonly tone: "" | "failed" | "loss" }[] {
  const { total, shown, failed, lost, otherLines } = counts;
  const execs = shown === total ? formatCount(total) : `${formatCount(shown)} of ${formatCount(total)}`;
  return [
    { text: `${execs} ${total === 1 ? "exec" : "execs"}`, tone: "" as const },
    ...(failed === 0 ? [] : [{ text: `${formatCount(failed)} failed`, tone: "failed" as const }]),
    ...(lost === 0 ? [] : [{ text: `${formatCount(lost)} lost`, tone: "loss" as const }]),
    ...(otherLines === 0 ? [] : [{ text: `${formatCount(otherLines)} other lines`, tone: "" as const }]),
  ];
}
