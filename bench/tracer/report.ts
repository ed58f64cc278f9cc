import { formatGoal, formatResult, isReached, type Figure } from "./figure.ts";
import { formatTable } from "./formatTable.ts";

const MARKS = new Map<boolean | undefined, string>([
  [true, " ✓"],
  [false, " ✗"],
  [undefined, ""],
]);

/** All figures as a table: the goal, ours with whether it is reached, and each other tool. */
export function formatReport(figures: readonly Figure[], ours: string, peers: readonly string[]): string {
  const rows = figures.map((figure) => [
    figure.title,
    formatGoal(figure),
    formatResult(figure, ours) + (MARKS.get(isReached(figure, ours)) ?? ""),
    ...peers.map((peer) => formatResult(figure, peer)),
  ]);
  return formatTable(["figure: median (min–max)", "goal", ours, ...peers], rows);
}
