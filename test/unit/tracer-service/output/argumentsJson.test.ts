import fc from "fast-check";
import { expect, it } from "vitest";

import { quoteForShell } from "../../../../protocol/shellQuote.ts";
import { argumentsJson } from "../../../../tracer-service/output/argumentsJson.ts";

it("gives the arguments back, and the line that a shell would", () => {
  const word = fc.oneof(fc.constantFrom("", "-a", "a=b", "if", "a b", 'a"b', "\\", "é"), fc.string());
  fc.assert(
    fc.property(fc.array(word, { maxLength: 5 }), (argv) => {
      const { cmdline, argv: list } = argumentsJson(argv);
      expect(JSON.parse(list)).toEqual(argv);
      expect(JSON.parse(cmdline)).toBe(quoteForShell(argv));
    }),
  );
});
