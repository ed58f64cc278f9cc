import { describe, expect, it } from "vitest";

import { findPressure } from "../../../../tracer-service/stream/findPressure.ts";

const nothing = { logBlockedSeconds: undefined, historyBehindSeconds: undefined, historyFailing: undefined };

describe("findPressure", () => {
  it.each([
    ["nothing where there is neither log nor history", undefined, undefined, nothing],
    ["nothing of waits that are usual", 1_999, { up: true, behindSeconds: 0.5 }, nothing],
    ["for how long the log is blocked", 12_900, undefined, { ...nothing, logBlockedSeconds: 12 }],
    [
      "how far the history is behind",
      0,
      { up: true, behindSeconds: 3.2 },
      { ...nothing, historyBehindSeconds: 3 },
    ],
    ["that the history fails", 0, { up: false, behindSeconds: 0 }, { ...nothing, historyFailing: true }],
  ])("tells %s", (_what, logBlockedMs, history, pressure) => {
    expect(findPressure(logBlockedMs, history)).toEqual(pressure);
  });
});
