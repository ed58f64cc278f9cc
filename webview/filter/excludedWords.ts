import { FilterError } from "../../protocol/filter/filterError.ts";
import { splitFilter } from "../../protocol/filter/splitFilter.ts";
import type { FilterPart } from "../../protocol/filter/splitFilter.ts";

/** A word that an expression excludes, such as `la` in `ls -la`, which may have been meant as an option of a command. */
export interface ExcludedWord {
  readonly word: string;
  /** The expression that looks for the word with its dash instead: `ls "-la"`. */
  readonly instead: string;
}

/** The words without a field that an expression excludes; none while the expression is wrong. */
export function excludedWords(expression: string): readonly ExcludedWord[] {
  return partsOf(expression).flatMap(({ not, field, values: [value], at, length }) => {
    if (!not || field !== undefined || value.kind !== "word") return [];
    const quoted = `"-${value.text.replaceAll(/["\\]/g, "\\$&")}"`;
    return { word: value.text, instead: expression.slice(0, at) + quoted + expression.slice(at + length) };
  });
}

function partsOf(expression: string): readonly FilterPart[] {
  try {
    return splitFilter(expression);
  } catch (error) {
    // The box shows what is wrong.
    if (error instanceof FilterError) return [];
    throw error;
  }
}
