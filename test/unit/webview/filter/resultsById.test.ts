import { describe, expect, it } from "vitest";
import { ResultsById } from "../../../../webview/filter/resultsById.ts";

describe("ResultsById", () => {
  it("keeps what was set, for ids of any size", () => {
    const results = new ResultsById();
    expect(results.set(3, true)).toBe(true);
    expect(results.set(1_000_000, false)).toBe(false);
    expect([3, 4, 1_000_000, 2_000_000].map((id) => results.get(id))).toEqual([
      true,
      undefined,
      false,
      undefined,
    ]);
  });
});
