import { describe, expect, it } from "vitest";

import { splitFrame } from "../../../protocol/serverFrame.ts";

describe("splitFrame", () => {
  it("parts the header from the lines", () => {
    const header = { type: "events", count: 1, through: 4 };
    expect(splitFrame(`${JSON.stringify(header)}\n{}\n`)).toEqual({ header, lines: "{}\n" });
  });

  it.each([
    ["no JSON", "x", "not JSON"],
    ["an unknown type", '{"type":"toString"}', "unknown type"],
    ["a wrong number", '{"type":"events","count":-1,"through":1}', "wrong value: count"],
    ["a node that is not whole", '{"type":"node","node":{}}', "wrong value: node"],
    [
      "workspaces without ids",
      '{"type":"workspaces","all":true,"changed":[{}],"removed":[]}',
      "wrong value: id",
    ],
  ])("refuses %s", (_, text, why) => {
    expect(() => splitFrame(text)).toThrow(why);
  });
});
