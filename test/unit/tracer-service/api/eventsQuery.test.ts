import { describe, expect, it } from "vitest";

import { parseEventsQuery } from "../../../../tracer-service/api/eventsQuery.ts";

const parse = (text: string): unknown => parseEventsQuery(new URLSearchParams(text));

describe("parseEventsQuery", () => {
  it("asks for the oldest thousand of all events by default", () => {
    expect(parse("")).toEqual({
      ...{ filter: { usernames: [], workspaces: [] }, sinceNs: undefined, untilNs: undefined },
      ...{ after: 0, before: Number.MAX_SAFE_INTEGER, order: "oldest", limit: 1_000, pattern: undefined },
    });
  });

  it("reads every key", () => {
    const times = "from=2026-02-28T20:29:38.5Z&until=2026-02-28T21:00:00%2B01:00";
    expect(
      parse(`username=jessie&workspace=robin/main&${times}&after=5&before=9&order=newest&limit=7&regex=rm.*`),
    ).toEqual({
      filter: { usernames: ["jessie"], workspaces: [{ username: "robin", workspaceName: "main" }] },
      ...{ sinceNs: 1_772_310_578_500_000_000n, untilNs: 1_772_308_800_000_000_000n },
      ...{ after: 5, before: 9, order: "newest", limit: 7, pattern: { type: "regex", source: "rm.*" } },
    });
  });

  it.each([
    ["an unknown key", "user=jessie", "the query has an unknown key"],
    ["a time that is none", "from=yesterday", "from is not a time such as"],
    ["a number that is none", "after=-1", "after is not a whole number from 0"],
    ["a limit of nothing", "limit=0", "limit is not between 1 and 100000"],
    ["a limit too large", "limit=100001", "limit is not between 1 and 100000"],
    ["another order", "order=random", "order is neither oldest nor newest"],
    ["a key twice", "grep=a&grep=b", "grep can be given once"],
    ["two patterns", "grep=a&regex=b", "grep and regex exclude each other"],
    ["an empty pattern", "grep=", "the pattern is empty"],
    ["an expression that is none", "regex=(", "the regular expression is not understood"],
    [
      "an expression that explodes",
      `regex=${encodeURIComponent("((a{1,100}){1,100}){1,100}")}`,
      "regular expression",
    ],
  ])("refuses %s", (_, query, message) => {
    expect(() => parse(query)).toThrow(message);
  });
});
