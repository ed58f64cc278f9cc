import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";

import { decodeArguments, splitArguments } from "../../../../tracer-service/decode/decodeArguments.ts";

const none = Buffer.alloc(0);

function join(argv: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(argv.flatMap((each) => [Buffer.from(each as string), Buffer.alloc(1)]));
}

describe("splitArguments", () => {
  it.each<[string, string[]]>([
    ["", [""]],
    ["\0", [""]],
    ["a\0", ["a"]],
    ["a\0b\0", ["a", "b"]],
    ["\0\0", ["", ""]],
    ["a\0\0", ["a", ""]],
    ["a", ["a"]],
    ["a\0b", ["a", "b"]],
  ])("splits %j", (text, argv) => {
    expect(splitArguments(text)).toEqual(argv);
    expect(decodeArguments(Buffer.from(text), none, text.length)).toEqual({
      argv,
      raw: undefined,
      cut: undefined,
    });
  });
});

describe("decodeArguments", () => {
  it("gives back any arguments, as text and where that can't be as bytes", () => {
    const bytes = fc
      .uint8Array({ maxLength: 30 })
      .map((each) => Buffer.from(each.filter((byte) => byte !== 0)));
    fc.assert(
      fc.property(fc.array(bytes, { minLength: 1, maxLength: 8 }), (argv) => {
        const whole = join(argv);
        const decoded = decodeArguments(whole, none, whole.length);
        const restored = decoded.argv.map((text, i) => {
          const raw = decoded.raw?.[i];
          return typeof raw === "string" ? Buffer.from(raw, "base64") : Buffer.from(text);
        });
        expect(restored).toEqual(argv);
      }),
    );
  });

  it.each<[string, string, string, number, string[], number, number]>([
    ["within an argument", "a\0bcd", "xyz\0e\0", 20, ["a", "bcd…xyz", "e"], 1, 9],
    ["within the only argument", "abc", "xyz\0", 100, ["abc…xyz"], 0, 93],
    ["between two arguments", "a\0", "x\0y\0", 20, ["a", "…x", "y"], 1, 14],
    ["with a tail that begins with an empty argument", "ab", "\0x\0", 20, ["ab…", "x"], 0, 15],
    ["with empty arguments at the end", "ab", "x\0\0\0", 20, ["ab…x", "", ""], 0, 14],
    ["before a character's first byte", "aé", "éb\0", 20, ["aé…éb"], 0, 13],
  ])("says where they are cut: %s", (_name, head, tail, totalBytes, argv, argument, missingBytes) => {
    expect(decodeArguments(Buffer.from(head), Buffer.from(tail), totalBytes)).toEqual({
      argv,
      raw: undefined,
      cut: { argument, missingBytes },
    });
  });

  it("cuts no character in two, and counts its bytes as missing", () => {
    const character = fc.constantFrom("a", "é", "名", "🦊");
    const argument = fc.string({ unit: character, minLength: 20, maxLength: 60 });
    fc.assert(
      fc.property(
        fc.array(argument, { minLength: 1, maxLength: 3 }),
        fc.nat(),
        fc.nat(),
        (argv, from, to) => {
          const whole = join(argv);
          const headBytes = 1 + (from % (whole.length >> 1));
          const tailBytes = 1 + (to % (whole.length - headBytes));
          const head = whole.subarray(0, headBytes);
          const tail = whole.subarray(whole.length - tailBytes);
          const { argv: shown, raw, cut } = decodeArguments(head, tail, whole.length);
          expect(raw).toBeUndefined();
          expect(shown.join("")).not.toContain("\ufffd");
          expect(shown[cut?.argument ?? -1]).toContain("…");
          const shownBytes = join(shown).length - Buffer.byteLength("…");
          expect(shownBytes + (cut?.missingBytes ?? 0)).toBe(whole.length);
        },
      ),
    );
  });

  it("keeps bytes beside a cut that are not UTF-8 anyway", () => {
    const { argv, raw } = decodeArguments(Buffer.from([0x61, 0xff]), Buffer.from([0xff, 0x62, 0]), 20);
    expect(argv).toEqual(["a\ufffd…\ufffdb"]);
    expect(raw).toEqual([Buffer.from([0x61, 0xff, 0xe2, 0x80, 0xa6, 0xff, 0x62]).toString("base64")]);
  });

  it("keeps the bytes of those whose text doesn't show them, also among those that write U+FFFD out", () => {
    const [shown, broken] = [Buffer.from("\ufffd"), Buffer.from([0xff])];
    const argv = [shown, broken, Buffer.concat([shown, broken]), Buffer.concat([shown, shown]), "a", ""];
    const { raw } = decodeArguments(join(argv), none, 1);
    const kept = [broken, Buffer.concat([shown, broken])].map((bytes) => bytes.toString("base64"));
    expect(raw).toEqual([null, ...kept, null, null, null]);
  });

  it("doesn't call the decoder and the encoder for each argument: there may be thousands, of a byte each", () => {
    const whole = join(Array.from({ length: 1_000 }, () => Buffer.from([0xff])));
    const calls = vi.spyOn(Buffer.prototype, "toString");
    const { raw } = decodeArguments(whole, none, whole.length);
    const count = calls.mock.calls.length;
    calls.mockRestore();
    expect(raw).toEqual(Array.from({ length: 1_000 }, () => "/w=="));
    expect(count).toBeLessThan(10);
  });
});
