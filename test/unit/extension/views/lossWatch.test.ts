import { describe, expect, it } from "vitest";
import { LOSS_WARNING_MS, LossWatch } from "../../../../extension/views/lossWatch.ts";

describe("LossWatch", () => {
  it("does not warn of what was lost before it began", () => {
    const watch = new LossWatch();
    watch.observe("a", 500, 0);
    watch.observe("a", 500, 1_000);
    expect(watch.warnUntilMs(1_000)).toBeUndefined();
  });

  it("warns for a minute after the last loss", () => {
    const watch = new LossWatch();
    watch.observe("a", 0, 0);
    watch.observe("a", 1, 1_000);
    watch.observe("a", 2, 5_000);
    watch.observe("a", 2, 9_000);
    expect(watch.warnUntilMs(9_000)).toBe(5_000 + LOSS_WARNING_MS);
    expect(watch.warnUntilMs(5_000 + LOSS_WARNING_MS)).toBeUndefined();
  });

  it("takes a smaller count for a new beginning", () => {
    const watch = new LossWatch();
    watch.observe("a", 100, 0);
    watch.observe("a", 0, 1_000);
    expect(watch.warnUntilMs(1_000)).toBeUndefined();
    watch.observe("a", 1, 2_000);
    expect(watch.warnUntilMs(2_000)).toBeDefined();
  });

  it("forgets a counter that is gone", () => {
    const watch = new LossWatch();
    watch.observe("a", 1, 0);
    watch.forget("a");
    watch.observe("a", 5, 1_000);
    expect(watch.warnUntilMs(1_000)).toBeUndefined();
  });
});
