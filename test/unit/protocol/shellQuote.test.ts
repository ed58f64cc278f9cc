import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPlainCommand, quoteForShell } from "../../../protocol/shellQuote.ts";

describe("quoteForShell", () => {
  it.each<[string, string[], string]>([
    ["leaves plain words alone", ["uname", "-a"], "uname -a"],
    ["keeps empty arguments", ["printf", "", "x", ""], "printf '' x ''"],
    ["shows a lone empty argument", [""], "''"],
    ["shows no arguments as nothing", [], ""],
    [
      "quotes what the shell would split or expand",
      ["echo", "a b", "$HOME", "*", "~"],
      "echo 'a b' '$HOME' '*' '~'",
    ],
    ["gets a single quote through", ["echo", "it's"], "echo 'it'\\''s'"],
    ["keeps newlines inside quotes", ["echo", "a\nb"], "echo 'a\nb'"],
    ["quotes what is not ASCII", ["echo", "grüße"], "echo 'grüße'"],
    ["quotes it where it stands alone", ["echo", "é", "\ufffd", "\ud800"], "echo 'é' '\ufffd' '\ud800'"],
    ["leaves options with values alone", ["make", "CC=gcc", "--jobs=4"], "make CC=gcc --jobs=4"],
    ["quotes a word that begins with =", ["echo", "=ls"], "echo '=ls'"],
    ["quotes a command that looks like an assignment", ["A=b", "A=b"], "'A=b' A=b"],
    ["quotes a command that is a reserved word", ["time", "time"], "'time' time"],
    ["quotes the longest of them", ["function", "f"], "'function' f"],
  ])("%s", (_name, argv, line) => {
    expect(quoteForShell(argv)).toBe(line);
    expect(isPlainCommand(argv)).toBe(argv.length > 0 && line === argv.join(" "));
  });

  it("gives a real sh the same arguments back, whatever they are", () => {
    const special = fc.constantFrom(
      ...Array.from("'\"\\$`!~=#&|;<>(){}[]*?^%\n\t\r \x01\x1b\x7f-a\u00a0…🦀"),
    );
    const unit = fc.oneof(special, fc.string({ unit: "binary", minLength: 1, maxLength: 1 }));
    const argument = fc.array(unit, { maxLength: 12 }).map((units) => units.join("").replaceAll("\0", ""));
    const lists = fc.array(fc.array(argument, { maxLength: 6 }), { minLength: 60, maxLength: 60 });
    fc.assert(
      fc.property(lists, (argvs) => {
        const script = argvs.map(
          (argv) => `set -- ${quoteForShell(["x", ...argv])}; printf '%s\\0' $# "$@"\n`,
        );
        expect(runSh(script.join(""))).toEqual(
          argvs.flatMap((argv) => [String(argv.length + 1), "x", ...argv]),
        );
      }),
      { numRuns: 15 },
    );
  });

  it("gives it each ASCII character alone", () => {
    const argv = Array.from({ length: 0x7f }, (_, index) => String.fromCharCode(index + 1));
    expect(runSh(`set -- ${quoteForShell(["x", ...argv])}; printf '%s\\0' "$@"\n`)).toEqual(["x", ...argv]);
  });

  it("has a real sh run the first word as a command, whatever it is", () => {
    const words =
      "if then else elif fi do done case esac while until for in time function select coproc ! { } [[ ]] " +
      "A=b A+=b _=1 a[1]=b ~ # -x * = =x %1 a'b $A `A` && ( é";
    const folder = mkdtempSync(join(tmpdir(), "shell-quote-"));
    try {
      const names = words.split(" ");
      for (const name of names) {
        writeFileSync(join(folder, name), `#!/bin/sh\nprintf '%s\\0' "\${0##*/}" "$@"\n`, { mode: 0o755 });
      }
      const script = names.map((name) => `${quoteForShell([name, "an argument"])}\n`).join("");
      expect(runSh(script, folder)).toEqual(names.flatMap((name) => [name, "an argument"]));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** Runs a script and returns the words that it prints, each ended by a NUL. */
function runSh(script: string, path = "/usr/bin:/bin"): string[] {
  const output = execFileSync("/bin/sh", { input: script, env: { PATH: path }, encoding: "utf8" });
  return output.split("\0").slice(0, -1);
}
