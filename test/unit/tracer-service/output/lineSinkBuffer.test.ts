import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineSinkBuffer } from "../../../../tracer-service/output/lineSinkBuffer.ts";

function countNewlines(bytes: Buffer): number {
  return bytes.toString("latin1").split("\n").length - 1;
}

describe("LineSinkBuffer", () => {
  it("hands out every byte once and in order, however it is filled and emptied", () => {
    const line = fc
      .tuple(fc.string({ unit: "binary" }), fc.constantFrom(1, 1, 1, 1, 1, 400, 10_000))
      .map(([text, times]) => text.replaceAll("\n", "").repeat(times) + "\n");
    const lines = fc.array(line, { minLength: 1, maxLength: 3 }).map((each) => each.join(""));
    const step = fc.oneof(
      fc.record({ append: lines }),
      fc.record({ take: fc.integer({ min: 1, max: 300_000 }), toLineEnd: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const buffer = new LineSinkBuffer();
        const appended: Buffer[] = [];
        const taken: Buffer[] = [];
        for (const current of steps) {
          if ("append" in current) {
            buffer.append(current.append);
            appended.push(Buffer.from(current.append));
          } else if (buffer.pendingBytes > 0) {
            const bytes = Buffer.from(buffer.next(current.take, current.toLineEnd));
            taken.push(bytes);
            buffer.advance(bytes.length);
          }
        }
        const before = Buffer.concat(taken);
        expect(buffer.atLineStart).toBe(before.length === 0 || before.at(-1) === 0x0a);
        expect(buffer.writtenLines).toBe(countNewlines(before));
        expect(buffer.countPendingLines()).toBe(
          countNewlines(Buffer.concat(appended)) - countNewlines(before),
        );
        const rest = Buffer.from(buffer.next(Number.MAX_SAFE_INTEGER, false));
        expect(rest.length).toBe(buffer.pendingBytes);
        expect(Buffer.concat([before, rest]).equals(Buffer.concat(appended))).toBe(true);
      }),
    );
  });

  it("hands out no more than the current line when asked so", () => {
    const buffer = new LineSinkBuffer();
    buffer.append("first\nsecond\n");
    buffer.advance(2);
    expect(Buffer.from(buffer.next(100, true)).toString()).toBe("rst\n");
    expect(Buffer.from(buffer.next(2, true)).toString()).toBe("rs");
  });

  it("goes back to the beginning of a half-written line, also when it had to grow since", () => {
    const buffer = new LineSinkBuffer();
    buffer.append("first\nsecond\n");
    buffer.advance(9);
    expect(buffer.writtenLines).toBe(1);
    const long = "x".repeat(1_000_000) + "\n";
    buffer.append(long);
    buffer.restartLine();
    expect(Buffer.from(buffer.next(2_000_000, false)).toString()).toBe(`second\n${long}`);
  });

  it("goes back to the beginning of a half-written line, also when it moved since", () => {
    const buffer = new LineSinkBuffer();
    buffer.append("first\nsecond\n".padStart(1_000, "."));
    buffer.advance(996);
    expect(Buffer.from(buffer.next(100, false)).toString()).toBe("ond\n");
    buffer.restartLine();
    expect(Buffer.from(buffer.next(100, false)).toString()).toBe("second\n");
  });

  it("leaves bytes alone that are being written while it grows", () => {
    const buffer = new LineSinkBuffer();
    buffer.append("a".repeat(90_000) + "\n");
    buffer.append("b".repeat(100_000) + "\n");
    buffer.advance(90_001);
    const inFlight = buffer.next(1_000, false);
    buffer.append("c".repeat(200_000) + "\n");
    expect(Buffer.from(inFlight).toString()).toBe("b".repeat(1_000));
  });
});
