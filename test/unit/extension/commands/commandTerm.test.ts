import { describe, expect, it } from "vitest";
import { commandOf, withCommandTerm } from "../../../../extension/commands/commandTerm.ts";

describe("withCommandTerm", () => {
  it.each([
    ["adds a term to nothing", "", "curl", "cmd:curl"],
    ["adds a term to others", "user:jessie exit:!0", "curl", "user:jessie exit:!0 cmd:curl"],
    ["replaces the term there is", "cmd:wget user:jessie", "curl", "user:jessie cmd:curl"],
    ["replaces a quoted term", 'cmd:"git push" is:failed', "make", "is:failed cmd:make"],
    ["replaces a regular expression", "cmd:/^a b$/i is:failed", "make", "is:failed cmd:make"],
    ["replaces one with slashes inside", "cmd:/usr/bin/py.*/ is:failed", "make", "is:failed cmd:make"],
    ["replaces a path", "cmd:/usr/bin/curl is:failed", "make", "is:failed cmd:make"],
    ["replaces a list", 'CMD:!curl,"git push",/a b/ is:failed', "make", "is:failed cmd:make"],
    ["takes the term away", "cmd:wget user:jessie", " ", "user:jessie"],
    ["quotes spaces", "", "git push", 'cmd:"git push"'],
    ["quotes quotes and backslashes", "", 'say "a\\b"', 'cmd:"say \\"a\\\\b\\""'],
    ["quotes what would mean something else", "", "a,b", 'cmd:"a,b"'],
    ["keeps a regular expression", "", "/^curl .*-k/", "cmd:/^curl .*-k/"],
    ["quotes a path, which is no regular expression", "", "/usr/bin/curl", 'cmd:"/usr/bin/curl"'],
    ["leaves words that only contain cmd: alone", "xcmd:a", "b", "xcmd:a cmd:b"],
  ])("%s", (_name, expression, command, expected) => {
    expect(withCommandTerm(expression, command)).toBe(expected);
  });

  it("gives back what was typed", () => {
    for (const command of ["curl", "git push", 'say "a\\b"', "/^a b$/i", "/usr/bin/x"]) {
      expect(commandOf(withCommandTerm("user:jessie", command))).toBe(command);
    }
  });
});
