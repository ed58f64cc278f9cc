import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expressionHelp } from "../../../../webview/filter/expressionHelp.ts";
import { NUMBER_FIELDS, STATES, TEXT_FIELDS } from "../../../../protocol/filter/filterTerm.ts";
import type { FilterTerm } from "../../../../protocol/filter/filterTerm.ts";
import { parseExpression } from "../../../../protocol/filter/parseExpression.ts";
import { withCommandTerm } from "../../../../extension/commands/commandTerm.ts";
import { anyTerms, printTerms } from "./support/printTerms.ts";

function termsOf(text: string): readonly FilterTerm[] {
  const result = parseExpression(text);
  if ("error" in result) throw new Error(result.error.message);
  return result.terms;
}

function word(text: string, not = false): FilterTerm {
  return { type: "word", not, pattern: { type: "contains", text } };
}

function regex(source: string, ignoreCase = false): FilterTerm {
  return { type: "word", not: false, pattern: { type: "regex", source, ignoreCase } };
}

function command(text: string, not = false): FilterTerm {
  return { type: "text", field: "cmd", not, notValue: false, patterns: [{ type: "contains", text }] };
}

function exit(values: [comparison: "=" | ">" | "<=", value: number][], notValue = false): FilterTerm {
  const tests = values.map(([comparison, value]) => ({ comparison, value }));
  return { type: "number", field: "exit", not: false, notValue, values: tests };
}

describe("parseExpression", () => {
  it.each<[name: string, text: string, terms: readonly FilterTerm[]]>([
    ["reads nothing as no condition", "  ", []],
    ["splits words at any blank", " curl\t example ", [word("curl"), word("example")]],
    ["keeps blanks in quotes", '"rm  -rf"', [word("rm  -rf")]],
    ["reads escaped quotes and backslashes", String.raw`"a\"b\\c\d"`, [word(String.raw`a"b\c\d`)]],
    ["negates what follows a minus", '-make -"a b"', [word("make", true), word("a b", true)]],
    ["leaves options with two minuses alone", "--force", [word("--force")]],
    ["leaves a lone minus alone", "-", [word("-")]],
    ["reads a regular expression", String.raw`/get\.[a-z]+/`, [regex(String.raw`get\.[a-z]+`)]],
    ["reads the flag i", "/a b/i", [regex("a b", true)]],
    ["keeps an escaped slash", String.raw`/a\/b/`, [regex(String.raw`a\/b`)]],
    ["allows slashes between slashes", "/usr/bin/python.*/", [regex("usr/bin/python.*")]],
    ["reads a path as a word", "/usr/bin/curl", [word("/usr/bin/curl")]],
    ["does not join two paths", "/usr/bin /tmp/x", [word("/usr/bin"), word("/tmp/x")]],
    ["reads a double slash as a word", "//", [word("//")]],
    ["reads an address as a word", "https://example.com", [word("https://example.com")]],
    ["knows fields in any case", "CMD:curl", [command("curl")]],
    ["negates a field", "-cmd:curl", [command("curl", true)]],
    ["takes quotes after a field", 'cmd:"git push"', [command("git push")]],
    [
      "reads comparisons and lists",
      "exit:>1,<=3,7",
      [
        exit([
          [">", 1],
          ["<=", 3],
          ["=", 7],
        ]),
      ],
    ],
    ["turns values around", "exit:!0", [exit([["=", 0]], true)]],
    [
      "knows signals by name",
      "exit:SIGKILL,term",
      [
        exit([
          ["=", 137],
          ["=", 143],
        ]),
      ],
    ],
    ["lets a list end in a comma while it is typed", "exit:1,", [exit([["=", 1]])]],
    [
      "reads a duration in milliseconds",
      "duration:>1.5s",
      [
        {
          type: "number",
          field: "duration",
          not: false,
          notValue: false,
          values: [{ comparison: ">", value: 1_500 }],
        },
      ],
    ],
    [
      "reads states",
      "is:Failed,running",
      [{ type: "state", not: false, notValue: false, states: ["failed", "running"] }],
    ],
    ["reads a time before now", "since:10m", [{ type: "since", not: false, moment: { ago: 600_000 } }]],
    ["reads a time of day", "until:12:30", [{ type: "until", not: false, moment: { ofDay: 45_000_000 } }]],
    [
      "reads a date with its zone",
      "since:2026-01-31T14:30+01:00",
      [{ type: "since", not: false, moment: { at: Date.UTC(2026, 0, 31, 13, 30) } }],
    ],
    [
      "reads a date as midnight here",
      "since:2026-01-31",
      [{ type: "since", not: false, moment: { at: new Date(2026, 0, 31).getTime() } }],
    ],
  ])("%s", (_name, text, terms) => {
    expect(termsOf(text)).toEqual(terms);
  });

  it.each<[name: string, text: string, wrong: string, message: RegExp]>([
    ["an unknown field", "curl pot:8080", "pot:", /no field “pot:”.*quotes.*pid:/],
    ["a field without a value", "a user: b", "user:", /needs a value/],
    ["a turned field without a value", "-exit:!", "-exit:!", /needs a value/],
    ["a list with a hole", "user:a,,b", "user:a,", /needs a value/],
    ["quotes that stay open", 'a "b c', '"b c', /not closed.*second "/],
    ["a number that is none", "a uid:root", "root", /“uid:” takes a number: write uid:0/],
    ["a number as a regular expression", "uid:/1/", "/1/", /takes a number/],
    ["an exit that is no number", "exit:bad", "bad", /exit:SIGKILL/],
    ["a duration without a comparison", "duration:1s", "1s", /write duration:>1s/],
    ["a duration without a unit", "duration:>10", ">10", /write duration:>1s/],
    ["an unknown state", "is:failed,odd", "odd", /“is:” knows running, ended/],
    ["a time that is none", "since:soon", "soon", /write 10m/],
    ["a day that does not exist", "since:2026-13-01", "2026-13-01", /write 10m/],
    ["two times", "since:1m,2m", "since:1m,2m", /takes one time/],
    ["a regular expression that is none", "x /a(b/", "/a(b/", /put the text in quotes/],
    ["a look-ahead", "/a(?=b)/", "/a(?=b)/", /put the text in quotes/],
    ["a reference back", String.raw`/(a)\1/`, String.raw`/(a)\1/`, /put the text in quotes/],
    [
      "a repetition that explodes",
      "/((a{100}){100}){100}/",
      "/((a{100}){100}){100}/",
      /put the text in quotes/,
    ],
    [
      "a repetition that is too large",
      "/((a{30}){30}){30}/",
      "/((a{30}){30}){30}/",
      /put the text in quotes/,
    ],
  ])("points at %s", (_name, text, wrong, message) => {
    const result = parseExpression(text);
    if (!("error" in result)) throw new Error("expected an error");
    const { error } = result;
    expect(text.slice(error.at, error.at + error.length)).toBe(wrong);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("\n");
  });

  it("refuses an expression that is too long", () => {
    expect(parseExpression("a".repeat(4_097))).toEqual({
      error: { message: expect.stringContaining("at most 4096 characters") as unknown, at: 4_096, length: 1 },
    });
  });

  it("throws for no text, and points into it", () => {
    const piece = fc.constantFrom(
      "-",
      '"',
      "/",
      ":",
      "!",
      ",",
      " ",
      "\\",
      "i",
      "(",
      "cmd:",
      "is:",
      "since:",
      "exit:",
    );
    const typed = fc.array(fc.oneof(piece, fc.string({ unit: "binary", maxLength: 5 })), { maxLength: 12 });
    fc.assert(
      fc.property(typed, (pieces) => {
        const text = pieces.join("");
        const result = parseExpression(text);
        if (!("error" in result)) return;
        const { at, length } = result.error;
        expect(at).toBeGreaterThanOrEqual(0);
        expect(length).toBeGreaterThan(0);
        expect(at + length).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 1_000 },
    );
  });

  it("reads what it has read the same when it is printed", () => {
    fc.assert(
      fc.property(anyTerms, (terms) => {
        expect(parseExpression(printTerms(terms))).toEqual({ terms });
      }),
      { numRuns: 1_000 },
    );
  });

  it("reads what Filter by Command writes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 30 }), (typed) => {
        fc.pre(typed.trim() !== "" && !typed.trim().startsWith("/"));
        expect(parseExpression(withCommandTerm("", typed))).toEqual({ terms: [command(typed.trim())] });
      }),
      { numRuns: 1_000 },
    );
  });

  it("understands each example of the help, which names every field and state", () => {
    for (const { example } of expressionHelp()) expect(termsOf(example)).not.toEqual([]);
    const examples = expressionHelp()
      .map(({ example }) => example)
      .join(" ");
    const names = [...TEXT_FIELDS, ...NUMBER_FIELDS, "is", "since", "until"].map((field) => `${field}:`);
    for (const name of [...names, ...STATES.map((state) => `is:${state}`)]) expect(examples).toContain(name);
  });
});
