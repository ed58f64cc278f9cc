import { describe, expect, it } from "vitest";

import { decodePath } from "../../../../tracer-service/decode/decodePath.ts";

describe("decodePath", () => {
  it.each([
    ["", "/"],
    ["usr\0", "/usr"],
    ["true\0bin\0usr\0", "/usr/bin/true"],
    ["a b\nc\0", "/a b\nc"],
  ])("turns %j round", (components, path) => {
    expect(decodePath(components, true)).toBe(path);
  });

  it("leaves a file that lies in no directory its bare name", () => {
    expect(decodePath("memfd:x\0", false)).toBe("memfd:x");
    expect(decodePath("memfd:x\0", true)).toBe("/memfd:x");
  });
});
