import { InvalidArgumentError } from "commander";

/** A parser of whole numbers in a range, for commander. */
export function numberBetween(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) {
      throw new InvalidArgumentError(`Expected a whole number from ${String(least)} to ${String(most)}.`);
    }
    return value;
  };
}
