import { beforeEach, describe, expect, it } from "vitest";
import type { ContextKey } from "../../../extension/contextKeys.ts";
import { WalkthroughTicks } from "../../../extension/walkthroughTicks.ts";
import { FakeClock } from "./fakeClock.ts";

let clock: FakeClock;
let keys: Set<ContextKey>;
let told: string[];
let ticks: WalkthroughTicks;

beforeEach(() => {
  clock = new FakeClock();
  keys = new Set();
  told = [];
  const setContext = (key: ContextKey, value: boolean): void => {
    told.push(`${key.replace("processLogging.", "")}=${String(value)}`);
  };
  ticks = new WalkthroughTicks({ isSet: (key) => keys.has(key), setContext, clock });
});

describe("WalkthroughTicks", () => {
  it("says at first that nothing was done", () => {
    expect(told).toEqual(["hadSources=false", "wasFiltered=false"]);
  });

  it("says for a moment what was done already when a page is opened, and again for a slow one", () => {
    told.length = 0;
    keys.add("processLogging.hasSources");
    ticks.pageOpened();
    clock.advance(0);
    expect(told).toEqual(["hadSources=true", "hadSources=false"]);
    clock.advance(10_000);
    expect(told).toHaveLength(6);
  });

  it.each<[string, () => void]>([
    [
      "nothing was done",
      () => {
        ticks.pageOpened();
      },
    ],
    [
      "it was disposed of",
      () => {
        keys.add("processLogging.filtered");
        ticks.pageOpened();
        ticks.dispose();
      },
    ],
  ])("says nothing where %s", (_, act) => {
    told.length = 0;
    act();
    clock.advance(10_000);
    expect(told).toEqual([]);
  });
});
