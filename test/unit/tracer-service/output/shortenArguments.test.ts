import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeArguments } from "../../../../tracer-service/decode/decodeArguments.ts";
import { ArgumentShortener } from "../../../../tracer-service/output/shortenArguments.ts";
import type { ShownArguments } from "../../../../tracer-service/output/shortenArguments.ts";

const whole = (argv: string[]): ShownArguments => ({ argv, raw: undefined, cut: undefined });

describe("ArgumentShortener", () => {
  it.each<[string, ShownArguments, number, ShownArguments]>([
    ["keeps all when it may", whole(["a", "b"]), 4, whole(["a", "b"])],
    ["keeps no arguments as they are", whole([]), 0, whole([])],
    [
      "cuts within one argument",
      whole(["sh", "-c", "0123456789"]),
      14,
      { argv: ["sh", "-c", "0…456789"], raw: undefined, cut: { argument: 2, missingBytes: 3 } },
    ],
    [
      "cuts from within one argument to within another",
      whole(["abcdef", "ghi", "jklmno"]),
      6,
      { argv: ["abc…no"], raw: undefined, cut: { argument: 0, missingBytes: 3 + 1 + 4 + 4 } },
    ],
    [
      "counts missing bytes, not characters",
      whole(["aéééé", "é"]),
      4,
      { argv: ["aé…é"], raw: undefined, cut: { argument: 0, missingBytes: 7 } },
    ],
    [
      "widens the cut that the kernel made",
      { argv: ["a", "bcd…efg", "h"], raw: undefined, cut: { argument: 1, missingBytes: 1000 } },
      8,
      { argv: ["a", "bc…g", "h"], raw: undefined, cut: { argument: 1, missingBytes: 1003 } },
    ],
    [
      "takes the ellipsis in the middle for the kernel's",
      { argv: ["…bcdef…ghijk…"], raw: undefined, cut: { argument: 0, missingBytes: 1000 } },
      9,
      { argv: ["…bcde…jk…"], raw: undefined, cut: { argument: 0, missingBytes: 1004 } },
    ],
    [
      "keeps more of one side where the other side of the kernel's cut is short",
      { argv: ["a…bcdefghi"], raw: undefined, cut: { argument: 0, missingBytes: 1000 } },
      8,
      { argv: ["a…defghi"], raw: undefined, cut: { argument: 0, missingBytes: 1002 } },
    ],
    [
      "keeps the bytes of arguments that are not UTF-8, in step with the arguments",
      { argv: ["a", "\ufffd", "cdefghijk", "l"], raw: [null, "/w==", null, null], cut: undefined },
      12,
      {
        argv: ["a", "\ufffd", "cd…ijk", "l"],
        raw: [null, "/w==", null, null],
        cut: { argument: 2, missingBytes: 4 },
      },
    ],
  ])("%s", (_name, given, amount, kept) => {
    expect(new ArgumentShortener(given).keep(amount)).toEqual(kept);
  });

  it("accounts for every byte, whatever the arguments and wherever the kernel cut them", () => {
    const piece = fc.constantFrom("a", "bc", "é", "🦀", "…", "\0", "\xff", "'", "\n");
    const latin1 = (text: string): string => (text === "\xff" ? text : Buffer.from(text).toString("latin1"));
    const bytes = fc
      .array(piece, { minLength: 1, maxLength: 60 })
      .map((pieces) => Buffer.from(`${pieces.map(latin1).join("")}\0`, "latin1"));
    fc.assert(
      fc.property(bytes, fc.integer({ min: 4, max: 120 }), fc.nat(200), (all, kernelBytes, amount) => {
        const half = kernelBytes >> 1;
        const cutByKernel = all.length > 2 * half;
        const head = cutByKernel ? all.subarray(0, half) : all;
        const tail = cutByKernel ? all.subarray(all.length - half) : Buffer.alloc(0);
        const decoded = decodeArguments(head, tail, all.length);
        const kept = new ArgumentShortener(decoded).keep(amount);
        const shown = kept.argv.reduce((sum, text, index) => {
          const raw = kept.raw?.[index] ?? null;
          return sum + (raw === null ? Buffer.byteLength(text) : Buffer.from(raw, "base64").length) + 1;
        }, 0);
        const ellipsis = kept.cut === undefined ? 0 : Buffer.byteLength("…");
        expect(shown - ellipsis + (kept.cut?.missingBytes ?? 0)).toBe(all.length);
        if (kept.cut !== undefined) expect(kept.argv[kept.cut.argument]).toContain("…");
        expect(kept.raw?.length ?? kept.argv.length).toBe(kept.argv.length);
      }),
      { numRuns: 1000 },
    );
  });
});
