import type { ModelCounts } from "../worker/workerMessages.ts";
import { formatCount } from "./numberText.ts";
import { t } from "../../protocol/text/translate.ts";

/** `2,306 of 12,481 · 12 failed · 37 lost`: a part with its tone, in the order in which they are shown. */
export function countsParts(
  counts: ModelCounts,
): readonly { readonly text: string; readonly tone: "" | "failed" | "loss" }[] {
  const { total, shown, failed, lost, otherLines } = counts;
  return [
    { text: execsText(shown, total), tone: "" as const },
    ...(failed === 0 ? [] : [{ text: t("{0} failed", formatCount(failed)), tone: "failed" as const }]),
    ...(lost === 0 ? [] : [{ text: t("{0} lost", formatCount(lost)), tone: "loss" as const }]),
    ...(otherLines === 0 ? [] : [{ text: otherLinesText(otherLines), tone: "" as const }]),
  ];
}

function execsText(shown: number, total: number): string {
  if (shown !== total) {
    return total === 1
      ? t("{0} of 1 exec", formatCount(shown))
      : t("{0} of {1} execs", formatCount(shown), formatCount(total));
  }
  return total === 1 ? t("1 exec") : t("{0} execs", formatCount(total));
}

function otherLinesText(lines: number): string {
  return lines === 1 ? t("1 other line") : t("{0} other lines", formatCount(lines));
}
