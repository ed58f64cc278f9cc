import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  couldMatchBelow,
  matchPrefix,
  parsePattern,
  patternShape,
  staticPrefix,
} from "../../../../tracer-service/identity/cgroupPattern.ts";

const CODE_SERVER = "/user.slice/user-{uid}.slice/user@{uid}.service/app.slice/code-server.service";

function componentsOf(path: string): readonly string[] {
  return path.split("/").slice(1);
}

function partsOf(pattern: string, path: string): unknown {
  const match = matchPrefix(parsePattern(pattern), componentsOf(path));
  return match?.type === "match" ? Object.fromEntries(match.parts) : match?.reason;
}

describe("parsePattern", () => {
  it.each([
    ["nothing", "", "expected a cgroup path from the root"],
    ["the root alone", "/", "expected a cgroup path from the root"],
    ["a relative path", "workspaces/{a}", "expected a cgroup path from the root"],
    ["a slash at the end", "/workspaces/", "expected a cgroup path from the root"],
    ["an empty component", "/a//b", 'expected a name or a {part} between two /, found ""'],
    ["a parent directory", "/a/../b", 'expected a name or a {part} between two /, found ".."'],
    ["the same directory", "/a/./b", 'expected a name or a {part} between two /, found "."'],
    ["parts without text between them", "/{a}{b}", "expected text between two parts"],
    ["a part twice in a component", "/{a}-{a}", "expected each part at most once between two /"],
    ["a slash inside of braces", "/{a/b}", "expected a } after each {"],
    ["a control character", "/a\u0000", String.raw`without control characters, found "/a\u0000"`],
    ["text that was not UTF-8", "/a\uFFFD", "expected a cgroup path in UTF-8"],
    ["a component longer than a directory's name", `/${"a".repeat(256)}`, "expected at most 255 characters"],
    ["too many components", "/a".repeat(33), "expected at most 32 components, found 33"],
  ])("refuses %s", (_, text, message) => {
    expect(() => parsePattern(text)).toThrow(message);
  });
});

describe("matchPrefix", () => {
  it.each([
    [
      "named parts",
      "/workspaces/{username}/{name}",
      "/workspaces/jessie/main",
      { username: "jessie", name: "main" },
    ],
    ["the beginning of a deeper path", "/w/{a}", "/w/jessie/x/../y//z", { a: "jessie" }],
    ["backslashes as they are", String.raw`/a\x2db/{c}`, String.raw`/a\x2db/c`, { c: "c" }],
    [
      "a name used again",
      CODE_SERVER,
      "/user.slice/user-1000.slice/user@1000.service/app.slice/code-server.service",
      { uid: "1000" },
    ],
  ])("matches %s", (_, pattern, path, parts) => {
    expect(partsOf(pattern, path)).toEqual(parts);
  });

  it.each([
    ["a path that ends above", "/w/{a}", "/w"],
    ["the same names further down", "/w/{a}", "/x/w/jessie"],
    ["a longer first component", "/w/{a}", "/w2/jessie"],
    ["an empty component", "/w/{a}", "/w//jessie"],
    ["a parent directory as a part", "/{a}/x", "/../x"],
    ["the same directory as a part", "/w/{a}", "/w/."],
    [
      "another text for a name used again",
      CODE_SERVER,
      "/user.slice/user-1000.slice/user@1001.service/app.slice/code-server.service",
    ],
    ["an ambiguous component where another one differs", "/{a}-{b}/x", "/a-b-c/y"],
    ["an overlong component where text should be", "/w/x", `/w/${"x".repeat(300)}`],
  ])("does not match %s", (_, pattern, path) => {
    expect(matchPrefix(parsePattern(pattern), componentsOf(path))).toBeUndefined();
  });

  it("says what can't be told for certain", () => {
    expect(partsOf("/w/{a}-{b}", "/w/jessie-jr-main")).toBe(
      '"jessie-jr-main" can be read in more than one way',
    );
    expect(partsOf("/w/{a}", `/w/${"x".repeat(256)}`)).toMatch(/^"x{80}…" is longer than 255 characters$/);
  });

  it("is anchored: nothing in front of a matching path matches", () => {
    const name = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), (before) => {
        fc.pre(before[0] !== "workspaces");
        const components = [...before, "workspaces", "bob", "main"];
        const match = matchPrefix(parsePattern("/workspaces/{username}/{workspace_name}"), components);
        expect(match).toBeUndefined();
      }),
    );
  });
});

describe("couldMatchBelow", () => {
  it.each([
    ["the root", [], true],
    ["the static part", ["workspaces"], true],
    ["a user's directory", ["workspaces", "jessie"], true],
    ["a workspace", ["workspaces", "jessie", "main"], false],
    ["what is inside of a workspace", ["workspaces", "jessie", "main", "x"], false],
    ["another directory", ["system.slice"], false],
    ["a directory that can't be a part", ["workspaces", ".."], false],
  ])("of %s", (_, components, expected) => {
    expect(couldMatchBelow(parsePattern("/workspaces/{username}/{workspace_name}"), components)).toBe(
      expected,
    );
  });
});

describe("staticPrefix", () => {
  it.each([
    ["/workspaces/{username}/{workspace_name}", "/workspaces"],
    [
      String.raw`/system.slice/system-code\x2dserver.slice/code-server@{a}.service`,
      String.raw`/system.slice/system-code\x2dserver.slice`,
    ],
    [CODE_SERVER, "/user.slice"],
    ["/{a}/b", "/"],
    ["/a/b", "/a/b"],
  ])("of %s", (pattern, prefix) => {
    expect(staticPrefix(parsePattern(pattern))).toBe(prefix);
  });
});

describe("patternShape", () => {
  it.each([
    ["other names", "/w/{a}/{b}", "/w/{c}/{d}", true],
    ["other text", "/w/{a}", "/v/{a}", false],
    ["a number instead of a name", "/w/{uid}", "/w/{a}", false],
    ["a name used again", "/w/{a}/{a}", "/w/{a}/{b}", false],
  ])("with %s", (_, one, other, same) => {
    expect(patternShape(parsePattern(one)) === patternShape(parsePattern(other))).toBe(same);
  });
});
