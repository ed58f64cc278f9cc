import { describe, expect, it } from "vitest";

import { parseStreamQuery } from "../../../../tracer-service/api/streamQuery.ts";

const parse = (query: string): unknown => {
  const text = parseStreamQuery(new URLSearchParams(query), "this-run");
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
};

describe("parseStreamQuery", () => {
  it.each([
    ["everything from now on", "", { usernames: [], workspaces: [] }, undefined],
    [
      "users and workspaces",
      "username=jessie&username=robin&workspace=main&workspace=jessie/a/b",
      {
        usernames: ["jessie", "robin"],
        workspaces: [{ workspaceName: "main" }, { username: "jessie", workspaceName: "a/b" }],
      },
      undefined,
    ],
    [
      "what came since, in this run",
      "since=5",
      { usernames: [], workspaces: [] },
      { run: "this-run", seq: 5 },
    ],
    [
      "what came since, in another run",
      "since=0&run=x",
      { usernames: [], workspaces: [] },
      { run: "x", seq: 0 },
    ],
  ])("asks for %s", (_name, query, filter, since) => {
    expect(parse(query)).toEqual({ type: "subscribe", filter, ...(since && { since }) });
  });

  it("asks for nothing yet", () => {
    expect(parse("events=none")).toBeUndefined();
  });

  it.each([
    ["an unknown key", "user=jessie", /unknown key/],
    ["a number that is none", "since=1e3", /whole number/],
    ["a number too large to be exact", "since=9007199254740992", /whole number/],
    ["two numbers", "since=1&since=2", /once/],
    ["a run without a number", "run=x", /goes with since/],
    ["events that are not none", "events=all", /only be none/],
    ["a filter beside none", "events=none&username=x", /alone/],
    ["a name too long", `username=${"x".repeat(257)}`, /256 characters/],
    ["too many names", "username=x&".repeat(1_001), /1000 names/],
  ])("refuses %s", (_name, query, why) => {
    expect(() => parse(query)).toThrow(why);
  });
});
