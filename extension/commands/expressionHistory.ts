import type { Memento } from "vscode";
import { MAX_EXPRESSION_LENGTH } from "../../protocol/filter/filterTerm.ts";

/** So many expressions are remembered. */
export const MAX_EXPRESSIONS = 20;

const KEY = "expressions";

/** The expressions used last, the newest first, over all windows. */
export class ExpressionHistory {
  readonly #memento: Pick<Memento, "get" | "update">;

  constructor(memento: Pick<Memento, "get" | "update">) {
    this.#memento = memento;
  }

  /** What is stored and is none is left out. */
  get all(): readonly string[] {
    const stored = this.#memento.get<unknown>(KEY);
    if (!Array.isArray(stored)) return [];
    return stored
      .filter((each) => typeof each === "string" && isUsable(each))
      .slice(0, MAX_EXPRESSIONS) as string[];
  }

  /** Puts an expression first; an empty one is not remembered. */
  async add(expression: string): Promise<void> {
    const text = expression.trim();
    if (!isUsable(text)) return;
    const next = [text, ...this.all.filter((each) => each !== text)].slice(0, MAX_EXPRESSIONS);
    await this.#memento.update(KEY, next);
  }
}

function isUsable(text: string): boolean {
  return text.trim() !== "" && text.length <= MAX_EXPRESSION_LENGTH;
}
