import { compileFilter } from "../../filter/compileFilter.ts";
import type { FilterPredicate } from "../../filter/compileFilter.ts";
import { parseExpression } from "../../../protocol/filter/parseExpression.ts";
import type { Expression, ExpressionError } from "../../../protocol/filter/parseExpression.ts";

/** The filter box's expression as far as it was right last, ready to be asked about rows. */
export class ActiveExpression {
  readonly #nowMs: () => number;
  #expression: Expression | undefined;
  #predicate: FilterPredicate | undefined;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Undefined when every row matches. */
  get predicate(): FilterPredicate | undefined {
    return this.#predicate;
  }

  /** Takes what the user typed; what is wrong with it, and then the one before stays. */
  set(text: string): ExpressionError["error"] | undefined {
    const parsed = parseExpression(text);
    if ("error" in parsed) return parsed.error;
    this.#expression = parsed.terms.length === 0 ? undefined : parsed;
    this.renew();
    return undefined;
  }

  /** Forgets what it remembers of texts by their numbers. */
  renew(): void {
    this.#predicate =
      this.#expression === undefined ? undefined : compileFilter(this.#expression, this.#nowMs());
  }

  /** Brings ages up to date; whether other rows may match now. */
  advance(): boolean {
    if (this.#predicate?.dependsOnTime !== true) return false;
    this.#predicate.setNow(this.#nowMs());
    return true;
  }
}
