/**
 * The time range that a filter's expression names with full dates; undefined where it names none. What is negated, or
 * relative to now, is not meant.
 */
export function filterRange(
  expression: string,
): { readonly sinceMs: number | undefined; readonly untilMs: number | undefined } | undefined {
  const moment = (key: string): number | undefined => {
    const [, quoted, plain] = new RegExp(`(?:^|\\s)${key}:(?:"([^"]*)"|(\\S+))`).exec(expression) ?? [];
    const text = quoted ?? plain ?? "";
    const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text.replace(" ", "T")) : Number.NaN;
    return Number.isNaN(ms) ? undefined : ms;
  };
  const [sinceMs, untilMs] = [moment("since"), moment("until")];
  return sinceMs === undefined && untilMs === undefined ? undefined : { sinceMs, untilMs };
}
