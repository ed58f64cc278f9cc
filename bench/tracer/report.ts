import { formatGoal, formatResult, isReached, type Figure } from "./figure.ts";
import { formatTable } from "./formatTable.ts";

const MARKS = new Map<boolean | undefined, string>([
  [true, " ✓"],
  [false, " ✗"],
  [undefined, ""],
]);

/** All figures as a table: the goal, each of ours with whether it is reached, and each other tool. */
export function formatReport(
  figures: readonly Figure[],
  ours: readonly string[],
  peers: readonly string[],
): string {
  const rows = figures.map((figure) => [
    figure.title,
    formatGoal(figure),
    ...ours.map((name) => formatResult(figure, name) + (MARKS.get(isReached(figure, name)) ?? "")),
    ...peers.map((peer) => formatResult(figure, peer)),
  ]);
  return formatTable(["figure: median (min–max)", "goal", ...ours, ...peers], rows);
}
