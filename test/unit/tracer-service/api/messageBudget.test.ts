import { describe, expect, it } from "vitest";

import { MessageBudget } from "../../../../tracer-service/api/messageBudget.ts";

describe("MessageBudget", () => {
  it("lets 200 messages through in ten seconds, then again as many", () => {
    let nowMs = 5;
    const budget = new MessageBudget(() => nowMs);
    const taken = (): number => Array.from({ length: 300 }, () => budget.take()).filter(Boolean).length;
    expect(taken()).toBe(200);
    nowMs += 9_999;
    expect(taken()).toBe(0);
    nowMs += 1;
    expect(taken()).toBe(200);
  });
});
