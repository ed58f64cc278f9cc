import { parseExpression } from "../../protocol/filter/parseExpression.ts";
import { setTexts, type Texts } from "../../protocol/text/translate.ts";

/**
 * What tells what is wrong with a filter's expression and what to write instead, in the language of `texts`; undefined:
 * nothing. In a file of its own, with texts of its own: the engine of regular expressions is as large as all else that an
 * editor loads at its start.
 */
export function expressionCheck(texts: Texts): (expression: string) => string | undefined {
  setTexts(texts);
  return (expression) => {
    const parsed = parseExpression(expression);
    return "error" in parsed ? parsed.error.message : undefined;
  };
}
