import { describe, expect, it } from "vitest";
import { pageTexts } from "../../../../webview/text/pageTexts.ts";

describe("pageTexts", () => {
  it.each<[string, string | undefined, object]>([
    ["the texts", '{"a":"b"}', { a: "b" }],
    ["none without the attribute", undefined, {}],
    ["none where it is no JSON", "{", {}],
    ["none where it is no object", '"a"', {}],
    ["none that are no texts", '{"a":1,"b":"c","d":null}', { b: "c" }],
  ])("reads %s", (_name, attribute, texts) => {
    expect(pageTexts(attribute)).toEqual(texts);
  });
});
