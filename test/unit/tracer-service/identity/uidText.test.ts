import { describe, expect, it } from "vitest";

import { parseUid } from "../../../../tracer-service/identity/uidText.ts";

describe("parseUid", () => {
  it.each([
    ["0", 0],
    ["1000", 1000],
    ["4294967294", 4_294_967_294],
  ])("reads %s", (text, uid) => {
    expect(parseUid(text)).toBe(uid);
  });

  it.each(["", "-1", "+1", "01", "00", "1e3", "0x10", "1.0", " 1", "1\n", "١", "4294967295", "99999999999"])(
    "refuses %j",
    (text) => {
      expect(parseUid(text)).toBeUndefined();
    },
  );
});
