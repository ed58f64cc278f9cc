import { describe, expect, it } from "vitest";
import { DEFAULT_VIEW_SETTINGS, readViewSettings } from "../../../../extension/stream/viewSettings.ts";
import type { ViewSettings } from "../../../../protocol/webviewMessages.ts";

describe("readViewSettings", () => {
  it.each<[string, Record<string, unknown>, Partial<ViewSettings>]>([
    ["defaults where nothing is set", {}, {}],
    [
      "defaults for values of another type",
      { columns: "pid", foldRepeats: 1, timeFormat: 2, eventsKept: "1" },
      {},
    ],
    [
      "what is set",
      { columns: ["exit", "pid"], foldRepeats: false, timeFormat: "utc", eventsKept: 5_000 },
      { columns: ["pid", "exit"], foldRepeats: false, timeFormat: "utc", eventsKept: 5_000 },
    ],
    ["no column at all", { columns: [] }, { columns: [] }],
    ["only columns that exist", { columns: ["pid", "password", 7] }, { columns: ["pid"] }],
    ["at least 1,000 events", { eventsKept: 1 }, { eventsKept: 1_000 }],
    ["at most 10,000,000 events", { eventsKept: 1e12 }, { eventsKept: 10_000_000 }],
    ["the default where a time format does not exist", { timeFormat: "unix" }, {}],
  ])("gives %s", (_, values, expected) => {
    expect(readViewSettings((key) => values[key])).toEqual({ ...DEFAULT_VIEW_SETTINGS, ...expected });
  });
});
