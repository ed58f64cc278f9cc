import { describe, expect, it } from "vitest";
import { ExpressionHistory, MAX_EXPRESSIONS } from "../../../../extension/commands/expressionHistory.ts";

function history(stored?: unknown): ExpressionHistory {
  let value = stored;
  return new ExpressionHistory({
    get: () => value as never,
    update: (_key: string, next: unknown) => {
      value = next;
      return Promise.resolve();
    },
  });
}

describe("ExpressionHistory", () => {
  it("puts the newest first, each once", async () => {
    const expressions = history();
    for (const each of ["a", "b", " a ", ""]) await expressions.add(each);
    expect(expressions.all).toEqual(["a", "b"]);
  });

  it("forgets the oldest when there are too many", async () => {
    const expressions = history();
    for (let index = 0; index < MAX_EXPRESSIONS + 5; index++) await expressions.add(`pid:${index}`);
    expect(expressions.all).toHaveLength(MAX_EXPRESSIONS);
    expect(expressions.all[0]).toBe(`pid:${MAX_EXPRESSIONS + 4}`);
  });

  it.each([[undefined], ["text"], [{}], [[1, null, "", "x".repeat(10_000)]]])(
    "starts empty from %j",
    (stored) => {
      expect(history(stored).all).toEqual([]);
    },
  );
});
