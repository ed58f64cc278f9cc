import type { Figure } from "../tracer/figure.ts";

/** The column of what was measured. */
export const MEASURED = "measured";

/** One figure: a value, or several of which the median counts, or why there is none. `most`: the goal. */
export function measured(
  title: string,
  most: number | undefined,
  values: number | readonly number[] | string,
  digits = 0,
): Figure {
  const results = typeof values === "number" ? [values] : values;
  return {
    title,
    digits,
    goal: most === undefined ? undefined : { most },
    results: new Map([[MEASURED, results]]),
  };
}
