import { spreadOf } from "./spread.ts";

/** What ours is to reach: its median at most this. */
export interface Goal {
  readonly most: number;
  /** Said after the number. */
  readonly remark?: string;
}

/** One measured quantity of several tools. */
export interface Figure {
  readonly title: string;
  /** Digits after the point. */
  readonly digits: number;
  readonly goal: Goal | undefined;
  /** By tool: a value for each run, or why there is none. */
  readonly results: ReadonlyMap<string, readonly number[] | string>;
}

/** Says whether the goal is reached; undefined where there is no goal or no value. */
export function isReached(figure: Figure, tool: string): boolean | undefined {
  const values = figure.results.get(tool);
  if (figure.goal === undefined || values === undefined || typeof values === "string") return undefined;
  return spreadOf(values).median <= figure.goal.most;
}

/** The result of a tool: median, and the extremes where they differ. */
export function formatResult(figure: Figure, tool: string): string {
  const values = figure.results.get(tool);
  if (values === undefined) return "–";
  if (typeof values === "string") return values;
  const spread = spreadOf(values);
  const [median, min, max] = [spread.median, spread.min, spread.max].map((value) =>
    formatNumber(value, figure.digits),
  );
  return min === max ? String(median) : `${String(median)} (${String(min)}–${String(max)})`;
}

/** The goal as the table shows it. */
export function formatGoal({ goal, digits }: Figure): string {
  if (goal === undefined) return "";
  const most = `≤ ${formatNumber(goal.most, digits)}`;
  return goal.remark === undefined ? most : `${most} ${goal.remark}`;
}

/** A number with thousands set apart. */
export function formatNumber(value: number, digits: number): string {
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
