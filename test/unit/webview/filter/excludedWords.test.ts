import { expect, test } from "vitest";
import { excludedWords } from "../../../../webview/filter/excludedWords.ts";
import { parseExpression } from "../../../../protocol/filter/parseExpression.ts";

test.each<[string, string, readonly (readonly [word: string, instead: string])[]]>([
  ["an option that was typed as in a shell", "ls -la", [["la", 'ls "-la"']]],
  [
    "each of several",
    "-a x -b",
    [
      ["a", '"-a" x -b'],
      ["b", '-a x "-b"'],
    ],
  ],
  ["what has to be escaped in quotes", '-a\\"b', [['a\\"b', '"-a\\\\\\"b"']]],
  ["no field", "-user:amir -exit:!0", []],
  ["nothing in quotes, and no regular expression", '-"rm -rf" -/x/', []],
  ["no long option, no dash alone and none in a word", "--all - a-b", []],
  ["nothing in what is wrong", '-la "', []],
])("finds %s", (_, expression, words) => {
  expect(excludedWords(expression)).toEqual(words.map(([word, instead]) => ({ word, instead })));
});

test("offers an expression that looks for the word with its dash", () => {
  const [found] = excludedWords("-la");
  expect(parseExpression(found?.instead ?? "")).toEqual(parseExpression('"-la"'));
});
