import { describe, expect, it } from "vitest";
import { joinPieces, shortenText, textOrBytes } from "../../../../tracer-service/output/shortenText.ts";

const base64 = (latin1: string): string => Buffer.from(latin1, "latin1").toString("base64");

describe("shortenText", () => {
  it("leaves text alone that is short enough", () => {
    expect(shortenText("abcd", 4)).toBeUndefined();
  });

  it.each<[string, string, number, string]>([
    ["keeps head and tail", "abcdefghij", 4, "ab…ij"],
    ["gives an odd unit to the head", "abcdefghij", 5, "abc…ij"],
    ["keeps nothing when asked so", "abc", 0, "…"],
    ["drops a character that the head would split", "a🦀bcdefgh", 4, "a…gh"],
    ["drops a character that the tail would split", "abcdefg🦀h", 4, "ab…h"],
    ["keeps lone surrogates", "\udc00\udc00cdefg\ud800\ud800", 4, "\udc00\udc00…\ud800\ud800"],
  ])("%s", (_name, text, keep, pieces) => {
    expect(shortenText(text, keep)).toEqual({ text: pieces, raw: undefined });
  });

  it("cuts bytes where they are not UTF-8, and keeps those of the pieces", () => {
    const source = textOrBytes("\ufffdbcdefgh\ufffd", base64("\xffbcdefgh\xfe"));
    expect(shortenText(source, 4)).toEqual({
      text: "\ufffdb…h\ufffd",
      raw: base64("\xffb\xe2\x80\xa6h\xfe"),
    });
  });

  it("needs no bytes when what is not UTF-8 was cut out", () => {
    expect(shortenText(textOrBytes("abc\ufffdefg", base64("abc\xffefg")), 4)).toEqual({
      text: "ab…fg",
      raw: undefined,
    });
  });

  it("splits no character of bytes either", () => {
    expect(joinPieces(Buffer.from("aé\xff"), 2, Buffer.from("é"), 1)).toEqual({ text: "a…", raw: undefined });
  });
});
