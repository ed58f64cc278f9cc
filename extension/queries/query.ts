import { t } from "../../protocol/text/translate.ts";

/**
 * A command or a query to be copied. `notes` say what of the filter it can't express: it then finds more than the
 * filter shows. `error` says why there is none.
 */
export type Query = { readonly text: string; readonly notes: readonly string[] } | { readonly error: string };

/** A note for a filter whose expression a query leaves out; none when there is no expression. */
export function expressionNotes(expression: string): readonly string[] {
  return expression.trim() === "" ? [] : [t("the filter's expression is not part of it")];
}
