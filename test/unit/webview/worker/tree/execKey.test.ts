import { describe, expect, it } from "vitest";
import { parseExecKey } from "../../../../../webview/worker/tree/execKey.ts";

describe("parseExecKey", () => {
  it("keeps start times apart that a number could not", () => {
    const one = parseExecKey("1.9007199254740992.1");
    const other = parseExecKey("1.9007199254740993.1");
    expect(one?.startHigh).toBe(other?.startHigh);
    expect(one?.startLow).not.toBe(other?.startLow);
  });

  it.each(["", "1.2", "1.2.3.4", "a.b.c", "1.2.-3", "1.2.3\n", `1.${"9".repeat(21)}.1`])(
    "refuses %j",
    (id) => {
      expect(parseExecKey(id)).toBeUndefined();
    },
  );
});
