import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";

import { kubectlCommand } from "../../../../extension/queries/kubectlCommand.ts";
import type { KubectlOptions } from "../../../../extension/queries/kubectlCommand.ts";
import type { ViewFilter } from "../../../../protocol/webviewMessages.ts";

const ALL: ViewFilter = { usernames: [], workspaces: [], expression: "" };
/** One requirement of a selector as Kubernetes' documentation defines it; what lies between them are commas. */
const REQUIREMENT =
  /^(?<key>[a-z][a-z.]*[a-z])(?:=(?<one>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)| in \((?<some>[\w.,-]+)\))?(?:,|$)/;

/** The arguments of each command, as a real shell passes them on to `kubectl`. */
function argumentsInShell(text: string): string[][] {
  const script = `kubectl() { printf '%s\\0' "$@"; printf '\\n\\0'; }\n${text}`;
  const output = execFileSync("sh", ["-c", script], { encoding: "utf8" });
  return output
    .split("\n\0")
    .slice(0, -1)
    .map((each) => each.split("\0").slice(0, -1));
}

function textOf(filter: Partial<ViewFilter>, options: KubectlOptions = {}): string {
  const query = kubectlCommand({ ...ALL, ...filter }, options);
  if ("error" in query) throw new Error(query.error);
  return query.text;
}

/** Values by key; throws for what is no selector. */
function parseSelector(selector: string): Record<string, string[]> {
  const requirements: Record<string, string[]> = {};
  let rest = selector;
  while (rest !== "") {
    const match = REQUIREMENT.exec(rest);
    if (match?.groups === undefined) throw new Error(`no selector: ${rest}`);
    const { key = "", one, some } = match.groups;
    requirements[key] = one === undefined ? (some?.split(",") ?? []) : [one];
    rest = rest.slice(match[0].length);
  }
  return requirements;
}

describe("kubectlCommand", () => {
  it.each([
    ["everything", {}, [{ "com.coder.workspace.name": [] }]],
    ["a user", { usernames: ["jessie"] }, [{ "com.coder.username": ["jessie"] }]],
    ["several users", { usernames: ["jessie", "alex"] }, [{ "com.coder.username": ["alex", "jessie"] }]],
    [
      "a workspace",
      { workspaces: [{ username: "jessie", workspaceName: "main" }] },
      [{ "com.coder.username": ["jessie"], "com.coder.workspace.name": ["main"] }],
    ],
    [
      "anyone's workspace of a name",
      { workspaces: [{ username: undefined, workspaceName: "main" }] },
      [{ "com.coder.workspace.name": ["main"] }],
    ],
    [
      "workspaces that no single selector holds",
      {
        workspaces: [
          { username: "jessie", workspaceName: "main" },
          { username: "alex", workspaceName: "dev" },
        ],
      },
      [
        { "com.coder.username": ["jessie"], "com.coder.workspace.name": ["main"] },
        { "com.coder.username": ["alex"], "com.coder.workspace.name": ["dev"] },
      ],
    ],
  ])("selects %s with one selector a command", (_, filter, expected) => {
    const commands = argumentsInShell(textOf(filter));
    expect(commands).toHaveLength(expected.length);
    for (const [index, [logs, flag, selector = "", ...rest]] of commands.entries()) {
      expect([logs, flag]).toEqual(["logs", "--selector"]);
      expect(parseSelector(selector)).toEqual(expected[index]);
      expect(rest).toEqual(["--container", "exectrace", "--tail=-1", "--max-log-requests=50"]);
    }
  });

  it("uses the keys that the pods have, and asks for each kind of pod", () => {
    const labelKeys = ["com.coder.username", "com.coder.user.username"].map((username) => ({
      username,
      workspaceName: "com.coder.workspace.name",
    }));
    expect(argumentsInShell(textOf({ usernames: ["a"] }, { labelKeys })).map((args) => args[2])).toEqual([
      "com.coder.username=a",
      "com.coder.user.username=a",
    ]);
  });

  it("says the namespace, and asks as many pods as there are", () => {
    expect(argumentsInShell(textOf({}, { namespaces: ["it's; here"], pods: 200 }))[0]).toEqual([
      "logs",
      "--namespace",
      "it's; here",
      "--selector",
      "com.coder.workspace.name",
      "--container",
      "exectrace",
      "--tail=-1",
      "--max-log-requests=200",
    ]);
  });

  it("asks in each namespace", () => {
    const commands = argumentsInShell(textOf({ usernames: ["a"] }, { namespaces: ["one", "two"] }));
    expect(commands.map((args) => args[2])).toEqual(["one", "two"]);
  });

  it("searches the tracers' log for exactly the lines of the filter's names", () => {
    const filter = { workspaces: [{ username: "jessie", workspaceName: "ma.in" }] };
    const text = textOf(filter, { byTracers: true, bySidecars: false });
    expect(text).toContain(
      "kubectl logs --namespace process-logging --selector app.kubernetes.io/name=tracer ",
    );
    const labels = (username: string, name: string): string =>
      JSON.stringify({ labels: { username, workspace_name: name }, cmdline: '"username":"jessie"' });
    const lines = [
      labels("jessie", "ma.in"),
      labels("jessie", "main"),
      labels("jess", "ma.in"),
      labels("amy", "x"),
    ];
    const script = `kubectl() { cat; }\n${text}`;
    const found = execFileSync("sh", ["-c", script], { encoding: "utf8", input: lines.join("\n") });
    expect(found.trim()).toBe(lines[0]);
  });

  it.each([
    ["the shell's words", "$(reboot)"],
    ["a quote", "o'neil"],
    ["a selector's own words", "a,b in (c)"],
    ["a space", "a b"],
    ["an address", "jessie@example.com"],
    ["a line end", "a\nb"],
    ["a dash in front", "-a"],
    ["no ASCII", "jürgen"],
    ["a right-to-left override", "a\u202eb"],
    ["too many characters", "a".repeat(64)],
  ])("refuses a name with %s, which no label can hold", (_, name) => {
    for (const filter of [
      { usernames: [name] },
      { workspaces: [{ username: undefined, workspaceName: name }] },
    ]) {
      const query = kubectlCommand({ ...ALL, ...filter });
      expect(query).toMatchObject({ error: expect.stringContaining("a label's value") as string });
      expect("error" in query && query.error).toMatch(/^[\x20-\x7eü]*$/);
    }
  });

  it.each([
    ["an empty username", { usernames: [""] }],
    ["an empty workspace name", { workspaces: [{ username: "a", workspaceName: "" }] }],
    [
      "a filter that lets nothing through",
      { usernames: ["a"], workspaces: [{ username: "b", workspaceName: "c" }] },
    ],
  ])("refuses %s", (_, filter) => {
    expect(kubectlCommand({ ...ALL, ...filter })).toHaveProperty("error");
  });

  it("takes the longest name that a label can have", () => {
    const name = `a${"-".repeat(61)}z`;
    expect(argumentsInShell(textOf({ usernames: [name] }))[0]?.[2]).toBe(`com.coder.username=${name}`);
  });

  it("notes that it leaves the expression out", () => {
    expect(kubectlCommand({ ...ALL, expression: "cmd:curl" })).toMatchObject({ notes: [expect.any(String)] });
    expect(kubectlCommand({ ...ALL, expression: " " })).toMatchObject({ notes: [] });
  });
});
