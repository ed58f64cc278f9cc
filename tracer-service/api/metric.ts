import type { MetricsSource } from "./metricsSource.ts";

interface Value {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A metric, and how its values are found. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  readonly values: (source: MetricsSource) => readonly Value[];
}

/** The only value of a metric without labels. */
export const one = (value: number): readonly Value[] => [{ value }];
