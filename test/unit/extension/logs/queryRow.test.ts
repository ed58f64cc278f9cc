import { describe, expect, it } from "vitest";

import { queryRowLine, rowOfPairs } from "../../../../extension/logs/queryRow.ts";

function lineOf(row: Record<string, string>): unknown {
  const line = queryRowLine(new Map(Object.entries(row)));
  return line === undefined ? undefined : (JSON.parse(line) as unknown);
}

describe("queryRowLine", () => {
  it("takes the message where there is one", () => {
    expect(
      queryRowLine(
        new Map([
          ["@message", "text"],
          ["log_processed.msg", "exec"],
        ]),
      ),
    ).toBe("text");
  });

  it("puts a line together from its columns", () => {
    expect(
      lineOf({
        "@timestamp": "2022-02-28 20:29:38.038",
        "log_processed.msg": "exec",
        "log_processed.fields.labels.username": "123",
        "log_processed.fields.labels.team.name": "a.b",
        "log_processed.fields.cmdline": "1",
        "log_processed.fields.event.pid": "42",
        "log_processed.fields.event.truncated": "1",
        "log_processed.fields.event.argv.1": "2",
        "log_processed.fields.event.argv.0": "1",
        "log_processed.fields.event.comm": "007",
        "log_processed.fields.event.tty": "",
      }),
    ).toEqual({
      ts: "2022-02-28 20:29:38.038Z",
      msg: "exec",
      fields: {
        labels: { username: "123", "team.name": "a.b" },
        cmdline: "1",
        event: { pid: 42, truncated: true, argv: ["1", "2"], comm: "007" },
      },
    });
  });

  it("keeps the line's own time", () => {
    const ts = "2022-02-28T20:29:38.038452202Z";
    expect(lineOf({ "@timestamp": "x", "log_processed.ts": ts, "log_processed.msg": "exec" })).toMatchObject({
      ts,
    });
  });

  it.each([
    ["a column named like every object's prototype", "log_processed.__proto__.polluted"],
    ["a column in its depth", "log_processed.fields.__proto__.polluted"],
    ["a column named like the constructor", "log_processed.constructor.prototype.polluted"],
  ])("changes no other object for %s", (_, name) => {
    lineOf({ "log_processed.msg": "exec", [name]: "yes" });
    expect({}).not.toHaveProperty("polluted");
  });

  it("finds nothing in a row of something else", () => {
    expect(lineOf({ "@timestamp": "x", count: "5" })).toBeUndefined();
  });
});

describe("rowOfPairs", () => {
  it.each([
    ["a list of texts", ["a"]],
    ["a list of lists", [[]]],
    ["pairs without a value", [{ field: "a" }]],
    ["pairs whose value is no text", [{ field: "a", value: 1 }]],
  ])("refuses %s", (_, list: readonly unknown[]) => {
    expect(rowOfPairs(list)).toBeUndefined();
  });
});
