import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { untranslated } from "./support/untranslated.ts";

const root = join(import.meta.dirname, "../../..");
const sources = globSync("{extension,webview,protocol}/**/*.ts", { cwd: root })
  .sort()
  .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

/** Matches of the first group, once each, sorted. */
function found(pattern: RegExp): string[] {
  const groups = sources.flatMap(({ text }) => [...text.matchAll(pattern)].map(([, group]) => group ?? ""));
  return [...new Set(groups)].sort();
}

/** What has words in a row and is no text of the interface, once for each reason. */
const NO_TEXT: readonly string[] = [
  // Commands and expressions, as they are typed.
  "    tracer-service uninstall",
  "    sudo tracer-service check",
  "curl example",
  "user:jessie workspace:main cmd:curl exit:!0 since:10m",
  "user:jessie workspace:main,docs",
  "is:failed is:running is:ended",
  "is:nested is:root is:gained",
  "is:script is:memfd is:deleted is:truncated",
  // Classes of elements, the browser's own words, and the name of a thread.
  "codicon codicon-{}",
  "cell command",
  "row pending",
  "notice info",
  "ResizeObserver loop",
  "process tree",
  // Parts of lines of the log, and faults that only it tells of.
  "so far",
  "not an event",
  "not a message",
  "packed lines are longer than the {} bytes that they should be",
  "there is no text {}: a row was used after its end",
  "the process tree has a fault, please report it: {}",
];

/** Files whose sentences nobody reads in the interface, or other people's languages. */
const NO_TEXTS: Readonly<Record<string, string>> = {
  "extension/cluster/clusterSettings.ts": "tells the log what is wrong with settings",
  "extension/source/connectionSettings.ts": "tells the log what is wrong with settings",
  "extension/queries/cloudWatchQuery.ts": "writes CloudWatch's language; why it can't goes to the log",
  "extension/queries/kubectlCommand.ts": "writes a command line; why it can't goes to the log",
  "extension/stream/streamHtml.ts": "writes HTML and a policy",
  "protocol/clientMessage.ts": "answers clients of the service",
};

describe("the texts for translators", () => {
  it("stand where they are asked for, in double quotes", () => {
    expect(found(/(?<!function )(?<![\w$])(?:l10n\.)?t\(\s*([^"\s].{0,40})/g)).toEqual([]);
  });

  // Written anew by `vitest run --project unit --update`.
  it("are all texts that the code shows", async () => {
    const texts = found(/(?<![\w$])(?:l10n\.)?t\(\s*("(?:[^"\\]|\\.)*")/g).map(
      (text) => JSON.parse(text) as string,
    );
    expect(texts.length).toBeGreaterThan(50);
    const bundle = `${JSON.stringify(Object.fromEntries(texts.map((text) => [text, text])), undefined, 2)}\n`;
    await expect(bundle).toMatchFileSnapshot(join(root, "l10n/bundle.l10n.json"));
  });

  it("leave no sentence in the code that is not asked for", () => {
    const left = sources.flatMap(({ path, text }) =>
      NO_TEXTS[path] === undefined ? untranslated(text).map((sentence) => ({ path, sentence })) : [],
    );
    expect(left.filter(({ sentence }) => !NO_TEXT.includes(sentence))).toEqual([]);
    const sentences = left.map(({ sentence }) => sentence);
    expect(NO_TEXT.filter((text) => !sentences.includes(text))).toEqual([]);
  });

  it("are missing from each file that is left out of that", () => {
    const textOf = (path: string): string => sources.find((source) => source.path === path)?.text ?? "";
    expect(Object.keys(NO_TEXTS).filter((path) => untranslated(textOf(path)).length === 0)).toEqual([]);
  });
});

describe("untranslated", () => {
  it.each<[string, string, readonly string[]]>([
    ["a reason", 'return "no tracer runs";', ["no tracer runs"]],
    [
      "a reason with values",
      "return `no tracer on ${node}: ${why} there is`;",
      ["no tracer on {}: {} there is"],
    ],
    ["an error's message", 'throw new Error("it is no file");', ["it is no file"]],
    ["nothing that is translated", 'return t("no tracer runs on {0}", node);', []],
    [
      "a value of what is translated",
      'return t("it said: {0}", why ?? "no reason is known");',
      ["no reason is known"],
    ],
    ["nothing that goes to the log", "this.#options.log(`no connection to ${name}`);", []],
    ["nothing in a type or an import", 'import a from "a b c"; let b: "as is it";', []],
    ["no names, keys and paths", 'f("aria-label", "processLogging.socket", "/run/a b", "a: {0}");', []],
  ])("finds %s", (_name, source, sentences) => {
    expect(untranslated(source)).toEqual(sentences);
  });
});
