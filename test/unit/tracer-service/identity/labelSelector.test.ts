import { describe, expect, it } from "vitest";

import { parseLabelSelector } from "../../../../tracer-service/identity/labelSelector.ts";

const LABELS: Readonly<Record<string, string>> = { team: "blue", "com.coder.workspace.id": "1", empty: "" };

describe("parseLabelSelector", () => {
  it.each<[string, boolean]>([
    ["team", true],
    ["!team", false],
    ["size", false],
    ["!size", true],
    ["team=blue", true],
    ["team==blue", true],
    ["team = blue", true],
    ["team=red", false],
    ["team!=red", true],
    ["team!=blue", false],
    ["size!=big", true],
    ["empty=", true],
    ["team in (red, blue)", true],
    ["team in (red)", false],
    ["team notin (red)", true],
    ["team notin (red,blue)", false],
    ["size notin (big)", true],
    ["com.coder.workspace.id,team in (red,blue),!size", true],
    ["com.coder.workspace.id,team in (red,green)", false],
  ])("%s: %s", (text, matches) => {
    expect(parseLabelSelector(text).matches((key) => LABELS[key])).toBe(matches);
  });

  it("names the keys that it looks at", () => {
    expect([...parseLabelSelector("a,b in (x,y),!c/d").keys]).toEqual(["a", "b", "c/d"]);
  });

  it.each(["", "a,,b", "a=b=c", "a in x", "a in (x", "=b", "a=b c", "a>1", "a in ((x))", "a=\u202Eb"])(
    "says that %j is no selector",
    (text) => {
      expect(() => parseLabelSelector(text)).toThrow(/^the selector ".*" is not understood at ".*"/);
    },
  );
});
