/** A result that uses this much of the budget is good enough: each further step costs a whole rendering. */
const GOOD_SHARE = 0.97;
/** The estimates aim between that and the whole. */
const AIM_SHARE = 0.985;

/**
 * The largest amount in 0 … `most` whose size is within the budget, or a smaller one that uses at least 97 % of it;
 * 0 where nothing fits. Sizes grow with the amount, not necessarily evenly; they are measured, never assumed.
 */
export function fillBudget(most: number, budget: number, sizeOf: (amount: number) => number): number {
  let low = 0;
  let high = most;
  let highSize = sizeOf(most);
  if (highSize <= budget) return most;
  let lowSize = sizeOf(0);
  for (let step = 0; high - low > 1 && lowSize < budget * GOOD_SHARE; step++) {
    // Estimates converge in a few steps on even text; halving in between bounds the steps on any text.
    const share = step % 3 === 2 ? 0.5 : (budget * AIM_SHARE - lowSize) / (highSize - lowSize);
    const amount = Math.min(high - 1, Math.max(low + 1, Math.round(low + (high - low) * share)));
    const size = sizeOf(amount);
    if (size <= budget) {
      low = amount;
      lowSize = size;
    } else {
      high = amount;
      highSize = size;
    }
  }
  return low;
}
