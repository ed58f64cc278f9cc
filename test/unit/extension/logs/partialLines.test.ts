import { describe, expect, it } from "vitest";

import { PartialLines } from "../../../../extension/logs/partialLines.ts";

describe("PartialLines", () => {
  it("joins the parts of each stream on their own", () => {
    const lines = new PartialLines(100);
    lines.add("stdout", "a");
    lines.add("stderr", "x");
    lines.add("stdout", "b");
    expect(lines.size).toBe(2);
    expect(lines.finish("stdout", "c")).toBe("abc");
    expect(lines.finish("stderr", "y")).toBe("xy");
    expect(lines.size).toBe(0);
  });

  it("gives a line that has no parts as it is", () => {
    expect(new PartialLines(1).finish("stdout", "whole")).toBe("whole");
  });

  it("drops a line beyond the limit, and takes the next", () => {
    const lines = new PartialLines(10);
    for (let part = 0; part < 100; part++) lines.add("stdout", "xxxx");
    expect(lines.finish("stdout", "y")).toBeUndefined();
    lines.add("stdout", "a");
    expect(lines.finish("stdout", "b")).toBe("ab");
  });
});
