import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { formatCheckTable } from "../../../../tracer-service/check/formatCheckTable.ts";
import {
  failed,
  ok,
  skipped,
  warning,
  type RequirementResult,
} from "../../../../tracer-service/check/requirement.ts";

const all: RequirementResult[] = [
  { name: "kernel", ...ok("6.1.0") },
  { name: "BTF", ...failed("missing", "use another kernel") },
  { name: "PID namespace", ...warning("own", "use the host's") },
  { name: "self-test", ...skipped("pointless: BTF failed") },
];

describe("formatCheckTable", () => {
  it("aligns its columns and puts what to do below the rows that need it", () => {
    expect(formatCheckTable(all, { colour: false })).toBe(
      [
        "✓ ok       kernel         6.1.0",
        "✗ failed   BTF            missing",
        "                          → use another kernel",
        "! warning  PID namespace  own",
        "                          → use the host's",
        "- skipped  self-test      pointless: BTF failed",
        "",
        "This node can't be traced yet: BTF failed; → says what to do.",
        "",
      ].join("\n"),
    );
  });

  it.each<[string, RequirementResult[], string]>([
    ["all holds", all.slice(0, 1), "This node can be traced."],
    ["there is a warning", all.slice(2, 3), "This node can be traced, with 1 warning; → says what to do."],
    [
      "there are warnings",
      [...all.slice(2, 3), ...all.slice(2, 3)],
      "This node can be traced, with 2 warnings; → says what to do.",
    ],
  ])("ends with a verdict when %s", (_, results, verdict) => {
    expect(formatCheckTable(results, { colour: false }).trimEnd().split("\n").at(-1)).toBe(verdict);
  });

  it("colours the marks and nothing else on a terminal", () => {
    const table = formatCheckTable(all, { colour: true });
    expect(table).toContain("\u001b[31m✗ failed \u001b[39m  BTF");
    expect(stripVTControlCharacters(table)).toBe(formatCheckTable(all, { colour: false }));
  });

  it("shows control and bidirectional characters instead of sending them to the terminal", () => {
    const found = "v2 at /a\u001b[2J\n\u202eb\u009b\u2028";
    const table = formatCheckTable([{ name: "cgroups", ...warning(found, found) }], { colour: false });
    const shown = "v2 at /a\\u{1b}[2J\\u{a}\\u{202e}b\\u{9b}\\u{2028}";
    expect(table.split("\n").slice(0, 2)).toEqual([
      `! warning  cgroups  ${shown}`,
      `                    → ${shown}`,
    ]);
  });
});
