import { describe, expect, it } from "vitest";

import { claimedUserOf } from "../../../../tracer-service/access/claimedUser.ts";

describe("claimedUserOf", () => {
  it.each([
    ["a plain name", "robin@example.com", "robin@example.com"],
    ["what is percent-encoded", "J%C3%BCrgen%20B", "Jürgen B"],
    ["what is not", "50%", "50%"],
    ["nothing", "", undefined],
    ["no more than so much", "x".repeat(1_000), "x".repeat(256)],
  ])("takes %s", (_name, value, expected) => {
    expect(claimedUserOf({ "process-logging-claimed-user": value })).toBe(expected);
  });

  it("names nobody without the header", () => {
    expect(claimedUserOf({})).toBeUndefined();
  });
});
