import { describe, expect, it } from "vitest";

import { fillLabels, labelProblem, parseLabel } from "../../../../tracer-service/identity/labelTemplates.ts";

describe("parseLabel", () => {
  it.each([
    [
      "a part that the rule lacks",
      "team",
      "{user}",
      ["uid"],
      "only parts that this rule knows ({uid}), found",
    ],
    ["any part where there is none", "team", "{user}", [], "only parts that this rule knows (none), found"],
    ["an empty value", "team", "", [], "which is empty"],
    ["white space at the end", "team", "x ", [], "begins or ends with white space"],
    ["a name that queries can't write", "Team", "x", [], 'begins with a letter, found "Team"'],
    ["a prototype as name", "__proto__", "x", [], 'found "__proto__"'],
  ])("refuses %s", (_, name, value, parts, message) => {
    expect(() => parseLabel(name, value, new Set(parts))).toThrow(message);
  });
});

describe("fillLabels", () => {
  const templates = new Map([
    ["username", parseLabel("username", "{user}", new Set(["user"]))],
    ["constructor", parseLabel("constructor", "u-{user}-{uid}", new Set(["user", "uid"]))],
  ]);

  it("puts the parts into the values", () => {
    const filled = fillLabels(
      templates,
      new Map([
        ["user", "{uid}"],
        ["uid", "1000"],
      ]),
    );
    expect(filled).toEqual({ type: "labels", labels: { username: "{uid}", constructor: "u-{uid}-1000" } });
  });

  it("gives no labels at all when one is invalid", () => {
    const filled = fillLabels(
      templates,
      new Map([
        ["user", "a\nb"],
        ["uid", "1"],
      ]),
    );
    expect(filled).toEqual({
      type: "invalid",
      reason: String.raw`username would be "a\nb", which holds control or invisible characters`,
    });
  });
});

describe("labelProblem", () => {
  it.each(["jessie", "jr-jessie", String.raw`DOM\jessie`, "žofie nová", "x".repeat(256), "a.service"])(
    "takes %j",
    (value) => {
      expect(labelProblem(value)).toBeUndefined();
    },
  );

  it.each([
    ["", "is empty"],
    ["x".repeat(257), "is longer than 256 characters"],
    ["a\uFFFD", "is not valid UTF-8"],
    ["a\u0000", "holds control or invisible characters"],
    ["a\u0085", "holds control or invisible characters"],
    ["a\u200b", "holds control or invisible characters"],
    ["\u202ea", "holds control or invisible characters"],
    ["a\udcff", "is not valid UTF-8"],
    ["a\u2028b", "holds control or invisible characters"],
    [" a", "begins or ends with white space"],
    ["main (deleted)", "ends as the path of a removed cgroup does"],
  ])("refuses %j", (value, problem) => {
    expect(labelProblem(value)).toBe(problem);
  });
});
