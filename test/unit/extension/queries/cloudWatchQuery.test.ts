import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { cloudWatchQuery } from "../../../../extension/queries/cloudWatchQuery.ts";
import type { ViewFilter } from "../../../../protocol/webviewMessages.ts";

const ALL: ViewFilter = { usernames: [], workspaces: [], expression: "" };
const USER = "log_processed.fields.labels.username";
const WORKSPACE = "log_processed.fields.labels.workspace_name";

function textOf(filter: Partial<ViewFilter>): string {
  const query = cloudWatchQuery({ ...ALL, ...filter });
  if ("error" in query) throw new Error(query.error);
  return query.text;
}

/** What the strings of a query mean, and the query without them. */
function takeStrings(query: string): { strings: string[]; rest: string } {
  const strings: string[] = [];
  const rest = query.replace(/"((?:[^"\\]|\\.)*)"/gs, (_, body: string) => {
    strings.push(body.replace(/\\(.)/gs, "$1"));
    return "S";
  });
  return { strings, rest };
}

describe("cloudWatchQuery", () => {
  it("has the documented shape", () => {
    expect(textOf({}).split("\n")).toEqual([
      "fields @timestamp, log_processed.fields.labels.username as username, log_processed.fields.labels.workspace_name as workspace, log_processed.fields.cmdline as cmdline, log_processed.fields.event.filename as filename, log_processed.fields.event.pid as pid, log_processed.fields.event.uid as uid, @message",
      '| filter log_processed.msg = "exec"',
      "| sort @timestamp desc",
      "| limit 10000",
    ]);
  });

  it.each([
    ["a user", { usernames: ["jessie"] }, `${USER} = "jessie"`],
    ["several users", { usernames: ["jessie", "alex"] }, `${USER} in ["alex", "jessie"]`],
    [
      "a workspace",
      { workspaces: [{ username: "jessie", workspaceName: "main" }] },
      `${USER} = "jessie" and ${WORKSPACE} = "main"`,
    ],
    [
      "workspaces of different users",
      {
        workspaces: [
          { username: "jessie", workspaceName: "main" },
          { username: "alex", workspaceName: "dev" },
        ],
      },
      `((${USER} = "jessie" and ${WORKSPACE} = "main") or (${USER} = "alex" and ${WORKSPACE} = "dev"))`,
    ],
  ])("finds %s", (_, filter, condition) => {
    expect(textOf(filter).split("\n")[1]).toBe(`| filter log_processed.msg = "exec" and ${condition}`);
  });

  it("keeps every name within its string", () => {
    const plain = takeStrings(textOf({ usernames: ["plain"] })).rest;
    const name = fc.string({
      unit: fc.constantFrom("a", '"', "\\", "|", "'", "`", "#", "/", " ", "é"),
      minLength: 1,
    });
    fc.assert(
      fc.property(name, (username) => {
        const { strings, rest } = takeStrings(textOf({ usernames: [username] }));
        expect(strings).toEqual(["exec", username]);
        expect(rest).toBe(plain);
      }),
    );
  });

  it.each([
    ["a line end", { usernames: ["a\n| limit 1"] }],
    ["a line separator", { workspaces: [{ username: undefined, workspaceName: "a\u2028b" }] }],
    [
      "more than a query holds",
      { usernames: Array.from({ length: 1_000 }, (_, i) => `someone-${String(i)}`) },
    ],
    ["nothing", { usernames: ["a"], workspaces: [{ username: "b", workspaceName: "c" }] }],
  ])("refuses a filter with %s", (_, filter) => {
    const query = cloudWatchQuery({ ...ALL, ...filter });
    expect("error" in query && query.error).toMatch(/^[^\n]{20,200}$/);
  });

  it("notes that it leaves the expression out", () => {
    expect(cloudWatchQuery({ ...ALL, expression: "cmd:curl" })).toMatchObject({
      notes: [expect.any(String)],
    });
  });
});
