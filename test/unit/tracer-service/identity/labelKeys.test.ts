import { describe, expect, it } from "vitest";

import { CODER_KEYS, parseLabelKeys } from "../../../../tracer-service/identity/labelKeys.ts";

describe("parseLabelKeys", () => {
  it("knows both generations of Coder's templates by itself", () => {
    expect(parseLabelKeys([])).toEqual(CODER_KEYS);
    expect(CODER_KEYS.get("username")).toEqual(["com.coder.username", "com.coder.user.username"]);
  });

  it("replaces the keys of a label, and adds labels", () => {
    const keys = parseLabelKeys(["username=owner,example.com/user", "team=example.com/team"]);
    expect(keys.get("username")).toEqual(["owner", "example.com/user"]);
    expect(keys.get("team")).toEqual(["example.com/team"]);
    expect(keys.get("workspace_name")).toEqual(CODER_KEYS.get("workspace_name"));
  });

  it.each([
    ["username", "expected NAME=KEY"],
    ["=a", "expected NAME=KEY"],
    ["User=a", "expected NAME=KEY"],
    ["__proto__=a", "expected NAME=KEY"],
    ["username=", "can't be the key"],
    ["username=a,", "can't be the key"],
    ["username=a b", "can't be the key"],
    ["username=-a", "can't be the key"],
    ["username=Example/a", "can't be the key"],
  ])("refuses %s", (flag, why) => {
    expect(() => parseLabelKeys([flag])).toThrow(why);
  });
});
