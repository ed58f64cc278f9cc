import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fillBudget } from "../../../../tracer-service/output/fillBudget.ts";

describe("fillBudget", () => {
  it("takes everything that fits", () => {
    expect(fillBudget(100, 100, (amount) => amount)).toBe(100);
  });

  it("takes nothing where nothing fits", () => {
    expect(fillBudget(100, 5, (amount) => 10 + amount)).toBe(0);
  });

  it("fills 97 % of the budget or leaves no room for one more, in few steps, however sizes grow", () => {
    const steps = fc.array(fc.constantFrom(0, 1, 2, 12, 400), { minLength: 1, maxLength: 2000 });
    fc.assert(
      fc.property(steps, fc.nat(20_000), (growth, budget) => {
        const sizes = [0];
        for (const step of growth) sizes.push((sizes.at(-1) ?? 0) + step);
        let calls = 0;
        const sizeOf = (amount: number): number => {
          calls++;
          return sizes[amount] ?? NaN;
        };
        const amount = fillBudget(growth.length, budget, sizeOf);
        const size = sizes[amount] ?? NaN;
        const next = sizes[amount + 1] ?? Infinity;
        expect(size).toBeLessThanOrEqual(budget);
        expect(size >= budget * 0.97 || next > budget || amount === growth.length).toBe(true);
        expect(calls).toBeLessThanOrEqual(40);
      }),
    );
  });
});
