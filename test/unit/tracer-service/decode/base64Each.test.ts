import fc from "fast-check";
import { expect, it } from "vitest";

import { base64Each } from "../../../../tracer-service/decode/base64Each.ts";

it("gives of each piece what the encoder gives of it alone", () => {
  const pieces = fc.array(fc.tuple(fc.nat({ max: 3 }), fc.uint8Array({ maxLength: 9 })), { maxLength: 12 });
  fc.assert(
    fc.property(pieces, (each) => {
      const bytes = Buffer.concat(each.flatMap(([gap, piece]) => [Buffer.alloc(gap, 0xff), piece]));
      const starts = new Uint32Array(each.length);
      const ends = new Uint32Array(each.length);
      let at = 0;
      each.forEach(([gap, piece], i) => {
        starts[i] = at + gap;
        ends[i] = at = at + gap + piece.length;
      });
      const expected = each.map(([, piece]) => Buffer.from(piece).toString("base64"));
      expect(base64Each(bytes, starts, ends, each.length)).toEqual(expected);
    }),
  );
});
