/** What several runs of one measurement gave. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Median and extremes; throws without values. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = sort(values);
  return { median: quantile(sorted, 0.5), min: quantile(sorted, 0), max: quantile(sorted, 1) };
}

/** Mean of a quantity, and how far it is likely to be off, by the scatter of the values; throws without values. */
export function meanOf(values: readonly number[]): { readonly mean: number; readonly standardError: number } {
  if (values.length === 0) throw new RangeError("no values to summarise");
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / Math.max(1, values.length - 1) / values.length) };
}

/** The value below which this part of all lies, between its neighbours where it falls between two; throws without values. */
export function percentile(values: readonly number[], part: number): number {
  return quantile(sort(values), part);
}

function sort(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}

function quantile(sorted: readonly number[], part: number): number {
  const position = part * (sorted.length - 1);
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) throw new RangeError("no values to summarise");
  return below + (above - below) * (position - Math.floor(position));
}
