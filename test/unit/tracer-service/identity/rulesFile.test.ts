import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { builtInRules, type Rule } from "../../../../tracer-service/identity/rules.ts";
import { parseRules, readRulesFile } from "../../../../tracer-service/identity/rulesFile.ts";
import { WorkspaceMatcher } from "../../../../tracer-service/identity/workspaceMatcher.ts";
import { fixtureUsers } from "./fixtureUsers.ts";

const RULE = "- cgroup: /w/{username}\n";

function matcherOf(rules: readonly Rule[]): WorkspaceMatcher {
  return new WorkspaceMatcher(
    rules,
    fixtureUsers((uid) => (uid === 1000 ? "jessie" : undefined)),
    (problem) => {
      throw new Error(problem);
    },
  );
}

describe("parseRules", () => {
  it("reads all kinds of rules, which replace the built-in ones", () => {
    const rules = parseRules(
      "rules.yaml",
      String.raw`
rules:
  - cgroup: /workspaces/{username}/{workspace_name}
    labels: { organization_id: default, workspace_id: "{username}.{workspace_name}" }
  - cgroup: /a\x2db/{username}
  - cgroup: '/c\x2dd/user-{uid}.slice'
    labels: { username: "{user}", user_id: "u{uid}" }
  - login_uid: 1000-1999
    labels: { username: "{user}", workspace_name: login }
  - login_uid: 5000
    labels: { username: backup }
`,
    );
    const matcher = matcherOf(rules);
    expect(rules).toHaveLength(5);
    expect(matcher.match("/workspaces/jessie/main")?.labels).toEqual({
      username: "jessie",
      workspace_name: "main",
      organization_id: "default",
      workspace_id: "jessie.main",
    });
    expect(matcher.match(String.raw`/a\x2db/bob`)?.labels).toEqual({ username: "bob" });
    expect(matcher.match(String.raw`/c\x2dd/user-1000.slice`)?.labels).toEqual({
      username: "jessie",
      user_id: "u1000",
    });
    expect(matcher.loginUidRanges()).toEqual([
      { first: 1000, last: 1999 },
      { first: 5000, last: 5000 },
    ]);
    expect(matcher.match("/user.slice/user-1000.slice")).toBeUndefined();
  });

  it.each([
    ["extend_defaults: true", `extend_defaults: true\nrules:\n${RULE}`, builtInRules],
    ["extend_defaults: false", `extend_defaults: false\nrules:\n${RULE}`, []],
  ])("takes %s", (_, text, rest) => {
    expect(parseRules("F", text).slice(1)).toEqual(rest);
  });

  it("lets a rule of the file win over the built-in one of the same cgroups", () => {
    const text =
      'extend_defaults: true\nrules:\n- cgroup: /user.slice/user-{uid}.slice\n  labels: { username: "{user}", workspace_name: shell }';
    const found = matcherOf(parseRules("F", text)).match("/user.slice/user-1000.slice/session-1.scope");
    expect(found?.labels).toEqual({ username: "jessie", workspace_name: "shell" });
  });

  it("takes a narrower range of login uids before a wider one", () => {
    const text =
      "rules:\n- {login_uid: 1000, labels: {username: a}}\n- {login_uid: 1000-2000, labels: {username: b}}";
    const matcher = matcherOf(parseRules("F", text));
    expect(matcher.matchLoginUid(1000)?.labels).toEqual({ username: "a" });
    expect(matcher.matchLoginUid(1001)?.labels).toEqual({ username: "b" });
  });

  it.each([
    ["an empty file", "", "F:1: expected a mapping with rules, found nothing"],
    ["a list", "- a", "F:1: expected a mapping with rules, found a list"],
    ["a file without rules", "extend_defaults: true", "F:1: expected rules, found none"],
    ["no rule", "rules: []", "F:1: expected at least one rule, found none"],
    ["rules that are no list", "rules: 1", "F:1: expected a list of rules, found the number 1"],
    ["an unknown key", "rules: []\nfoo: 1", 'F:2: expected rules or extend_defaults, found "foo"'],
    ["a key twice", `rules:\n${RULE}rules: []`, 'F:3: expected each key once, found "rules" again'],
    [
      "a switch that is no boolean",
      `extend_defaults: yes\nrules:\n${RULE}`,
      'F:1: expected true or false, found "yes"',
    ],
    ["an empty rule", "rules:\n-\n", "F:2: expected a rule, found nothing"],
    ["a rule of no kind", "rules:\n- labels: {a: b}", "F:2: expected cgroup or login_uid, found neither"],
    [
      "a rule of two kinds",
      `rules:\n${RULE}  login_uid: 1`,
      "F:3: expected one of cgroup and login_uid, found both",
    ],
    [
      "an unknown key of a rule",
      `rules:\n${RULE}  label: {}`,
      'F:3: expected cgroup or login_uid or labels, found "label"',
    ],
    [
      "a bad pattern",
      "rules:\n- cgroup: w",
      'F:2: expected a cgroup path from the root, such as /workspaces/{username}/{workspace_name}, found "w"',
    ],
    [
      "a pattern in double quotes with a backslash",
      String.raw`rules: [{cgroup: "/a\x2db/{username}"}]`,
      "F:1: expected single quotes around a text with a backslash, found double quotes",
    ],
    [
      "a rule without a username",
      "rules:\n- cgroup: /w/{a}",
      "F:2: expected a label username or a part {username}, found neither",
    ],
    [
      "a part named user",
      "rules:\n- cgroup: /w/{user}\n  labels: {username: a}",
      "F:2: expected another name than {user}, which is the name of {uid}: use {username}",
    ],
    [
      "a label that is no text",
      `rules:\n${RULE}  labels:\n    a: 12`,
      'F:4: expected a value for "a" as text, found the number 12: put quotes around it',
    ],
    [
      "a label without a value",
      `rules:\n${RULE}  labels:\n    a:`,
      'F:4: expected a value for "a", found nothing',
    ],
    [
      "a part without quotes",
      `rules:\n${RULE}  labels: {a: {username}}`,
      'F:3: expected a value for "a", found a mapping',
    ],
    [
      "a part that the pattern lacks",
      `rules:\n${RULE}  labels: {a: "{user}"}`,
      'F:3: expected only parts that this rule knows ({username}), found "{user}"',
    ],
    [
      "a uid range from high to low",
      "rules:\n- login_uid: 2-1",
      'F:2: expected a uid or a range such as 1000-59999, found "2-1"',
    ],
    [
      "an open uid range",
      "rules:\n- login_uid: 1000-",
      'F:2: expected a uid or a range such as 1000-59999, found "1000-"',
    ],
    [
      "a range of three",
      "rules:\n- login_uid: 1-2-3",
      'F:2: expected a uid or a range such as 1000-59999, found "1-2-3"',
    ],
    [
      "control characters",
      "rules: !<a\u0007b> []",
      "F:1: expected valid YAML, found an error: Unresolved tag: a b",
    ],
    [
      "the uid of nobody",
      "rules:\n- login_uid: 4294967295",
      'F:2: expected a uid or a range such as 1000-59999, found "4294967295"',
    ],
    [
      "a negative uid",
      "rules:\n- login_uid: -1",
      'F:2: expected a uid or a range such as 1000-59999, found "-1"',
    ],
    [
      "a rule that is there already",
      `rules:\n${RULE}- cgroup: /w/{x}\n  labels: {username: b}`,
      "F:3: expected a rule of its own, found one that the rule at line 2 covers",
    ],
    [
      "a uid range inside of an earlier one",
      "rules:\n- {login_uid: 1-9, labels: {username: a}}\n- {login_uid: 2-3, labels: {username: b}}",
      "F:3: expected a rule of its own, found one that the rule at line 2 covers",
    ],
    [
      "more login uids than the kernel looks for",
      `rules:\n${[1, 2, 3, 4, 5].map((uid) => `- {login_uid: ${String(uid)}, labels: {username: a}}\n`).join("")}`,
      "F:6: expected at most 4 rules by login_uid, found another",
    ],
    [
      "more login uids than the kernel looks for, with those of the defaults",
      `extend_defaults: true\nrules:\n${[1, 2, 3, 4].map((uid) => `- {login_uid: ${String(uid)}, labels: {username: a}}\n`).join("")}`,
      "F:6: expected at most 4 rules by login_uid, the built-in one included, found another",
    ],
    [
      "a path that the kernel does not look at",
      `rules:\n${RULE}- cgroup: ${"/a".repeat(17)}/{username}`,
      `F:3: expected a cgroup at most 16 levels below the root, found "${"/a".repeat(17)}/{username}"`,
    ],
    [
      "a path longer than the kernel keeps",
      `rules:\n${RULE}- cgroup: /${"a".repeat(255)}/{username}`,
      `F:3: expected a cgroup path of at most 255 bytes, found "/${"a".repeat(79)}…"`,
    ],
    ["an alias", `rules:\n- &a\n  cgroup: /w/{username}\n- *a`, "F:4: expected a rule, found an alias"],
    [
      "a second document",
      `rules:\n${RULE}---\n`,
      "F:3: expected valid YAML, found an error: Source contains multiple documents",
    ],
    ["a tag", "rules: !js []", "F:1: expected valid YAML, found an error: Unresolved tag: !js"],
    [
      "broken YAML",
      "rules:\n\t- x",
      "F:2: expected valid YAML, found an error: Tabs are not allowed as indentation",
    ],
    ["deep nesting", "[".repeat(20_000), "F:1: expected valid YAML, found an error: "],
  ])("refuses %s", (_, text, message) => {
    let found = "";
    try {
      parseRules("F", text);
    } catch (error) {
      found = error instanceof Error ? error.message : "";
    }
    expect(found.slice(0, message.length)).toBe(message);
    expect(found).not.toMatch(/\p{Cc}/u);
  });
});

describe("readRulesFile", () => {
  it("names the file and the line", () => {
    const directory = mkdtempSync(join(tmpdir(), "rules-file-"));
    try {
      const file = join(directory, "rules.yaml");
      writeFileSync(file, `rules:\n${RULE}`);
      expect(readRulesFile(file)).toEqual(parseRules("F", `rules:\n${RULE}`));
      writeFileSync(file, "# a comment\nrules: x\n");
      expect(() => readRulesFile(file)).toThrow(`${file}:2: expected a list of rules, found "x"`);
      writeFileSync(file, Buffer.alloc(1024 * 1024 + 1, "#"));
      expect(() => readRulesFile(file)).toThrow(`${file}: expected at most 1048576 bytes, found more`);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
