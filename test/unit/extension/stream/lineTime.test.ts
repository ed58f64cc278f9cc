import { describe, expect, it } from "vitest";
import { firstLineAfter, lastLine, lineTime } from "../../../../extension/stream/lineTime.ts";
import { linesAt, timesOf } from "./mergeLines.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("lineTime", () => {
  it.each<[string, string, number | undefined]>([
    ["to the nanosecond", '{"ts":"1970-01-01T00:00:01.000500000Z","msg":"exec"}\n', 1000.5],
    ["with an offset", '{"ts":"1970-01-01T01:00:01+01:00","msg":"exec"}\n', 1000],
    ["none of another first key", '{"msg":"exec","ts":"1970-01-01T00:00:01Z"}\n', undefined],
    ["none that is no time", '{"ts":"yesterday"}\n', undefined],
    ["none of a text without an end", '{"ts":"1970-01-01T00:00:01Z', undefined],
    ["none of what is no JSON", "hello\n", undefined],
    ["none of nothing", "", undefined],
  ])("reads the time of a line: %s", (_, text, expected) => {
    expect(lineTime(utf8(text), 0)).toBe(expected);
  });
});

describe("lastLine", () => {
  it.each<[string, string, number]>([
    ["of several", "a\nbc\n", 2],
    ["of one", "abc\n", 0],
    ["of an empty one", "\n", 0],
    ["without a newline at the end", "a\nbc", 2],
  ])("finds where the last line begins: %s", (_, text, expected) => {
    expect(lastLine(utf8(text))).toBe(expected);
  });
});

describe("firstLineAfter", () => {
  it("finds the same line as looking at each does, from wherever it begins", () => {
    const times = [10, 20, 20, 20, 30, 50, 51];
    const lines = linesAt(times, "some longer text");
    const length = lines.length / times.length;
    for (let begin = 0; begin <= times.length; begin++) {
      for (let timeMs = 5; timeMs < 55; timeMs++) {
        const end = firstLineAfter(lines, begin * length, timeMs);
        const before = times.slice(begin).filter((each) => each <= timeMs);
        expect(timesOf(lines.subarray(begin * length, end))).toEqual(before);
      }
    }
  });

  it("ends at the beginning of a line where lines are in no order, have no time, or no end", () => {
    const lines = utf8(`x\n${Buffer.from(linesAt([50, 10, 90, 20])).toString()}yy`);
    for (let timeMs = 0; timeMs < 100; timeMs += 10) {
      const end = firstLineAfter(lines, 0, timeMs);
      expect(end === 0 || end === lines.length || lines[end - 1] === 0x0a).toBe(true);
    }
  });
});
