import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { builtInRules, type Rule } from "../../../../tracer-service/identity/rules.ts";
import { parseRules } from "../../../../tracer-service/identity/rulesFile.ts";
import { WorkspaceMatcher } from "../../../../tracer-service/identity/workspaceMatcher.ts";
import { fixtureUsers } from "./fixtureUsers.ts";

const USERS = new Map([
  [1000, "jessie"],
  [1001, "bob"],
  [1002, "1000"],
  [1003, "a\nb"],
]);
const USER_SERVICE = "/user.slice/user-1000.slice/user@1000.service";
const CODE_SERVER = `${USER_SERVICE}/app.slice/code-server.service`;

function matcherOf(rules: readonly Rule[], problems: string[] = []): WorkspaceMatcher {
  return new WorkspaceMatcher(
    rules,
    fixtureUsers((uid) => USERS.get(uid)),
    (problem) => problems.push(problem),
  );
}

const builtIn = matcherOf(builtInRules);

describe("WorkspaceMatcher with the built-in rules", () => {
  it.each([
    ["a workspace's cgroup", "/workspaces/jessie/main", "/workspaces/jessie/main", "jessie", "main"],
    ["a cgroup below", "/workspaces/jessie/main/x/y", "/workspaces/jessie/main", "jessie", "main"],
    [
      "code-server as a system service",
      String.raw`/system.slice/system-code\x2dserver.slice/code-server@jessie.service/x`,
      String.raw`/system.slice/system-code\x2dserver.slice/code-server@jessie.service`,
      "jessie",
      "code-server",
    ],
    ["code-server as a user service", CODE_SERVER, CODE_SERVER, "jessie", "code-server"],
    [
      "a login",
      "/user.slice/user-1000.slice/session-3.scope",
      "/user.slice/user-1000.slice",
      "jessie",
      "login",
    ],
    ["a uid without a name", "/user.slice/user-7.slice", "/user.slice/user-7.slice", "7", "login"],
    [
      "a name that looks like another uid",
      "/user.slice/user-1002.slice",
      "/user.slice/user-1002.slice",
      "1002",
      "login",
    ],
    [
      "a name that is no label",
      "/user.slice/user-1003.slice",
      "/user.slice/user-1003.slice",
      "1003",
      "login",
    ],
    [
      "workspaces made by a user",
      "/workspaces/jessie/main/workspaces/bob/main",
      "/workspaces/jessie/main",
      "jessie",
      "main",
    ],
    [
      "another user's slice made by a user",
      "/user.slice/user-1000.slice/user.slice/user-1001.slice",
      "/user.slice/user-1000.slice",
      "jessie",
      "login",
    ],
    [
      "another user's service made by a user",
      "/user.slice/user-1000.slice/user@1001.service/app.slice/code-server.service",
      "/user.slice/user-1000.slice",
      "jessie",
      "login",
    ],
  ])("knows %s", (_, path, root, username, workspaceName) => {
    const found = builtIn.match(path);
    expect(found).toMatchObject({ attribution: "cgroup", root });
    expect(found?.labels).toEqual({ username, workspace_name: workspaceName });
  });

  it.each([
    ["the root", "/"],
    ["no path", ""],
    ["a relative path", "workspaces/jessie/main"],
    ["a user's directory", "/workspaces/jessie"],
    ["another hierarchy in front", "/x/workspaces/jessie/main"],
    ["what lies outside of the reader's cgroup namespace", "/../workspaces/jessie/main"],
    ["a slice of no user", "/user.slice/user-x.slice"],
    ["a removed slice, as /proc/PID/cgroup shows it", "/user.slice/user-1000.slice (deleted)"],
    ["a system service", "/system.slice/cron.service"],
  ])("knows nothing of %s", (_, path) => {
    expect(builtIn.match(path)).toBeUndefined();
  });

  it("asks at once whose a cgroup is, and for a login uid as for one that was chosen; a name that comes later counts from then on", () => {
    const names = new Map<number, string>();
    const users = { nameOf: () => "at-once", nameOfLogin: (uid: number) => names.get(uid) };
    const matcher = new WorkspaceMatcher(builtInRules, users, () => undefined);
    expect(matcher.match("/user.slice/user-1000.slice")?.labels["username"]).toBe("at-once");
    const before = matcher.matchLoginUid(1000);
    expect(before?.labels["username"]).toBe("1000");
    expect(matcher.matchLoginUid(1000)).toBe(before);
    names.set(1000, "jessie");
    expect(matcher.matchLoginUid(1000)?.labels["username"]).toBe("jessie");
  });

  it("knows regular users by their login uid", () => {
    expect(builtIn.matchLoginUid(1001)).toEqual({
      attribution: "loginuid",
      root: undefined,
      labels: { username: "bob", workspace_name: "login" },
      rule: 4,
    });
    expect([0, 999, 60_000, 4_294_967_295].map((uid) => builtIn.matchLoginUid(uid))).toEqual(
      Array.from({ length: 4 }, () => undefined),
    );
    expect(builtIn.loginUidRanges()).toEqual([{ first: 1000, last: 59_999 }]);
  });

  it("names the paths under which all workspaces lie", () => {
    const prefixes = [String.raw`/system.slice/system-code\x2dserver.slice`, "/user.slice", "/workspaces"];
    expect(builtIn.capturePrefixes()).toEqual(prefixes);
  });

  it.each([
    ["/", true],
    ["/workspaces", true],
    ["/workspaces/jessie", true],
    ["/workspaces/jessie/main", false],
    ["/user.slice/user-1000.slice/user@1000.service", true],
    ["/user.slice/user-1000.slice/user@1001.service", false],
    ["/system.slice/cron.service", false],
    ["", false],
  ])("tells whether a workspace could begin below %j", (path, expected) => {
    expect(builtIn.canMatchBelow(path)).toBe(expected);
  });
});

describe("WorkspaceMatcher", () => {
  it.each([
    ["a name of 256 characters", `/workspaces/${"x".repeat(256)}/main`, "is longer than 255 characters"],
    ["invalid UTF-8", "/workspaces/jess\uFFFDie/main", "username would be"],
    ["a control character", "/workspaces/jessie/ma\u001bin", "workspace_name would be"],
    [
      "the mark of a removed cgroup",
      "/workspaces/jessie/main (deleted)",
      "ends as the path of a removed cgroup does",
    ],
  ])("has no match but a report for %s", (_, path, reason) => {
    const problems: string[] = [];
    expect(matcherOf(builtInRules, problems).match(`${path}/x`)).toBeUndefined();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(reason);
    expect(problems[0]).not.toMatch(/\p{Cc}/u);
  });

  it("tells the cgroups of a workspace that has no certain name from those of none", () => {
    const problems: string[] = [];
    const matcher = matcherOf(builtInRules, problems);
    const paths = [
      "/workspaces/a\u0007/main",
      "/workspaces/a\u0007/main/x",
      "/workspaces/a\u0007",
      "/workspaces/a/main",
      "/x",
    ];
    expect(paths.map((path) => matcher.isUncertain(path))).toEqual([true, true, false, false, false]);
    expect(problems).toEqual([]);
  });

  it("reports a cgroup once, whatever is created below it", () => {
    const problems: string[] = [];
    const matcher = matcherOf(builtInRules, problems);
    for (const name of ["", "/a", "/b", "/b/c"]) matcher.match(`/workspaces/a\u0007/main${name}`);
    matcher.match("/workspaces/b\u0007/main");
    expect(problems).toEqual([
      String.raw`no workspace for the cgroup "/workspaces/a\u0007/main": username would be "a\u0007", which holds control or invisible characters`,
      String.raw`no workspace for the cgroup "/workspaces/b\u0007/main": username would be "b\u0007", which holds control or invisible characters`,
    ]);
  });

  it("remembers a bounded number of reports", () => {
    const problems: string[] = [];
    const matcher = matcherOf(builtInRules, problems);
    const paths = Array.from({ length: 1001 }, (_, index) => `/workspaces/a\u0007/w${String(index)}`);
    for (const path of [...paths, "/workspaces/a\u0007/w0"]) matcher.match(path);
    expect(problems).toHaveLength(1002);
  });

  it("takes no later and no deeper rule where the outermost match is not certain", () => {
    const problems: string[] = [];
    const rules = parseRules(
      "F",
      "rules:\n- cgroup: /w/{username}-{workspace_name}\n- cgroup: /w/{username}\n- cgroup: /w/{x}/{username}",
    );
    expect(matcherOf(rules, problems).match("/w/jessie-jr-main/bob")).toBeUndefined();
    expect(problems).toEqual([
      'no workspace for the cgroup "/w/jessie-jr-main": "jessie-jr-main" can be read in more than one way',
    ]);
  });

  it("takes the first rule of those that match at the same depth", () => {
    const first = "- cgroup: /w/{username}\n  labels: {team: one}\n";
    const second = "- cgroup: /w/j{username}\n  labels: {team: two}\n";
    const teams = [first + second, second + first].map(
      (rules) => matcherOf(parseRules("F", `rules:\n${rules}`)).match("/w/jo")?.labels["team"],
    );
    expect(teams).toEqual(["one", "two"]);
  });

  it("takes the deepest of several refinements, whatever the order of the rules", () => {
    const rules = [
      "- {cgroup: '/u/{username}/a/b', labels: {workspace_name: b, team: red}}",
      "- {cgroup: '/u/{username}', labels: {workspace_name: login, workspace_id: l1, user_id: x}}",
      "- {cgroup: '/u/{username}/a', labels: {workspace_name: a}}",
    ];
    const matcher = matcherOf(parseRules("F", `rules:\n${rules.join("\n")}`));
    expect(matcher.match("/u/jo/a/b/c")).toEqual({
      attribution: "cgroup",
      root: "/u/jo/a/b",
      labels: { username: "jo", user_id: "x", workspace_name: "b", team: "red" },
      rule: 0,
    });
    expect(matcher.match("/u/jo/a")?.labels).toEqual({ username: "jo", user_id: "x", workspace_name: "a" });
  });

  it("takes no refinement that would change more than the workspace, and reports nothing of it", () => {
    const problems: string[] = [];
    const rules = [
      "- {cgroup: '/u/{username}', labels: {organization_id: one}}",
      "- {cgroup: '/u/{x}/{username}'}",
      "- {cgroup: '/u/{username}/a/b', labels: {organization_id: two}}",
      "- {cgroup: '/u/{username}/a/{workspace_name}', labels: {workspace_id: id}}",
    ];
    const matcher = matcherOf(parseRules("F", `rules:\n${rules.join("\n")}`), problems);
    expect(matcher.match("/u/jo/bob/x")).toMatchObject({ root: "/u/jo", rule: 0 });
    expect(matcher.match("/u/jo/a/b")).toMatchObject({ root: "/u/jo/a/b", rule: 3 });
    expect(matcher.match("/u/jo/a/\u0007")).toMatchObject({ root: "/u/jo", rule: 0 });
    expect(problems).toEqual([]);
  });

  it("names prefixes only once, and none below another", () => {
    const rules = ["/a/{username}", "/a/b/{username}", "/ab/{username}", "/a/c/{username}/x"];
    const text = `rules:\n${rules.map((path) => `- cgroup: ${path}\n`).join("")}`;
    expect(matcherOf(parseRules("F", text)).capturePrefixes()).toEqual(["/a", "/ab"]);
    expect(matcherOf(parseRules("F", `${text}- cgroup: /{username}`)).capturePrefixes()).toEqual(["/"]);
  });

  it("reports a login uid whose labels are invalid", () => {
    const problems: string[] = [];
    const rules = parseRules(
      "F",
      `rules:\n- login_uid: 1000\n  labels: {username: "${"x".repeat(255)}{user}"}`,
    );
    expect(matcherOf(rules, problems).matchLoginUid(1000)).toBeUndefined();
    expect(problems).toEqual([
      expect.stringMatching(/^no workspace for the login uid 1000: username would be/),
    ]);
  });

  const component = fc.oneof(
    fc.constantFrom("workspaces", "bob", "main", "user.slice", "user-1001.slice", "user@1001.service"),
    fc.constantFrom(
      "user@1000.service",
      "app.slice",
      "code-server.service",
      "..",
      "",
      "x (deleted)",
      "a\nb",
      "\uFFFD",
    ),
    fc.string({ unit: "binary", minLength: 1, maxLength: 300 }).map((name) => name.replaceAll("/", "_")),
  );
  const below = fc
    .array(component, { maxLength: 12 })
    .map((names) => names.map((name) => `/${name}`).join(""));

  it("never changes the user, whatever is created below a workspace", () => {
    const roots = fc.constantFrom(
      "/workspaces/jessie/main",
      "/user.slice/user-1000.slice",
      USER_SERVICE,
      `${USER_SERVICE}/app.slice`,
      CODE_SERVER,
      String.raw`/system.slice/system-code\x2dserver.slice/code-server@jessie.service`,
    );
    const problems: string[] = [];
    const matcher = matcherOf(builtInRules, problems);
    fc.assert(
      fc.property(roots, below, (root, path) => {
        expect(matcher.match(root + path)?.labels["username"]).toBe("jessie");
      }),
      { numRuns: 500 },
    );
    expect(problems).toEqual([]);
  });

  it("never changes the user under rules that take names from anywhere", () => {
    const rules = [
      "/u/{username}",
      "/u/{a}/{username}",
      "/u/{a}/{username}/{workspace_name}",
      "/u/{a}-{b}/x/{username}",
    ];
    const labelled = rules.map((path) => `- {cgroup: '${path}'}`).join("\n");
    const matcher = matcherOf(parseRules("F", `rules:\n${labelled}`));
    fc.assert(
      fc.property(below, (path) => {
        expect(matcher.match(`/u/jessie${path}`)?.labels["username"]).toBe("jessie");
      }),
    );
  });

  it("finds workspaces only under the prefixes and below cgroups of which it said so", () => {
    const start = fc.oneof(
      fc.constantFrom("/workspaces", "/user.slice", "/x", ""),
      fc.string({ unit: "binary" }),
    );
    const matcher = matcherOf(builtInRules);
    fc.assert(
      fc.property(start, below, (first, rest) => {
        const root = matcher.match(first + rest)?.root;
        if (root === undefined) return;
        expect(matcher.capturePrefixes().filter((prefix) => root.startsWith(`${prefix}/`))).toHaveLength(1);
        const names = root.split("/").slice(1);
        const ancestors = names.map((_, depth) => `/${names.slice(0, depth).join("/")}`);
        expect(ancestors.filter((path) => !matcher.canMatchBelow(path))).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it("reads only the beginning of a path of many components", () => {
    expect(builtIn.match(`/workspaces/jessie/main${"/x".repeat(1_000_000)}`)?.root).toBe(
      "/workspaces/jessie/main",
    );
    expect(builtIn.match("/".repeat(1_000_000))).toBeUndefined();
    expect(builtIn.match(`/workspaces/${"x".repeat(1_000_000)}/main`)).toBeUndefined();
  });
});
