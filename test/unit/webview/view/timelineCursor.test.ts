import { describe, expect, it } from "vitest";
import { cursorRange, cursorStep, latestCursor } from "../../../../webview/view/timelineCursor.ts";
import type { TimelineCursor } from "../../../../webview/view/timelineCursor.ts";
import type { Timeline } from "../../../../webview/worker/workerMessages.ts";

function timelineOf(bars: number, firstMs = 60_000, bucketMs = 1_000): Timeline {
  return {
    ...{ firstMs, bucketMs, lost: new Uint8Array(bars) },
    ...{ succeeded: new Float64Array(bars), failed: new Float64Array(bars) },
  };
}

const timeline = timelineOf(30);
const at = (anchor: number, head = anchor): TimelineCursor => ({
  anchorMs: 60_000 + anchor * 1_000,
  headMs: 60_000 + head * 1_000,
});

function press(name: string, cursor: TimelineCursor, of = timeline): unknown {
  const keys = name.split("+");
  const held = (key: string): boolean => keys.includes(key);
  const key = {
    key: keys.at(-1) ?? "",
    shiftKey: held("Shift"),
    ctrlKey: held("Control"),
    metaKey: held("Meta"),
    altKey: held("Alt"),
  };
  const step = cursorStep(key, cursor, of);
  return step?.type === "move" ? step.cursor : step?.type;
}

describe("the keyboard in the timeline", () => {
  it("begins at the latest bar", () => {
    expect(latestCursor(timeline)).toEqual(at(29));
  });

  it.each<[string, TimelineCursor, unknown]>([
    ["ArrowLeft", at(5), at(4)],
    ["ArrowDown", at(5), at(4)],
    ["ArrowRight", at(5), at(6)],
    ["ArrowUp", at(5), at(6)],
    ["PageUp", at(5), at(15)],
    ["PageDown", at(15), at(5)],
    ["Home", at(5), at(0)],
    ["End", at(5), at(29)],
    ["ArrowLeft", at(0), at(0)],
    ["PageUp", at(25), at(29)],
    ["Shift+ArrowLeft", at(5), at(5, 4)],
    ["Shift+ArrowLeft", at(5, 4), at(5, 3)],
    ["Shift+Home", at(5, 7), at(5, 0)],
    ["ArrowRight", at(5, 7), at(8)],
    ["Enter", at(5, 7), "apply"],
    ["Escape", at(5, 7), "clear"],
    ["Control+ArrowLeft", at(5), undefined],
    ["Alt+Enter", at(5), undefined],
    ["Meta+Home", at(5), undefined],
    ["Tab", at(5), undefined],
    ["toString", at(5), undefined],
  ])("%s at %o", (key, cursor, result) => {
    expect(press(key, cursor)).toEqual(result);
  });

  it("holds whole bars, in whichever direction they were chosen", () => {
    expect(cursorRange(at(5), timeline)).toEqual([65_000, 66_000]);
    expect(cursorRange(at(5, 7), timeline)).toEqual([65_000, 68_000]);
    expect(cursorRange(at(7, 5), timeline)).toEqual([65_000, 68_000]);
  });

  it("goes on where bars have become wider, or gone", () => {
    expect(cursorRange(at(5, 7), timelineOf(8, 60_000, 5_000))).toEqual([65_000, 70_000]);
    expect(press("ArrowRight", at(5), timelineOf(8, 60_000, 5_000))).toEqual(at(10));
    expect(cursorRange(at(5), timelineOf(10, 80_000))).toEqual([80_000, 81_000]);
    expect(press("ArrowRight", at(5), timelineOf(10, 80_000))).toEqual(at(21));
  });
});
