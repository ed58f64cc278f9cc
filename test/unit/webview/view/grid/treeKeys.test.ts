import { describe, expect, it } from "vitest";
import { treeIntent } from "../../../../../webview/view/grid/treeKeys.ts";

const plain = { ctrlKey: false, metaKey: false, altKey: false };

describe("treeIntent", () => {
  it.each([
    ["ArrowDown", { type: "move", by: 1 }],
    ["PageUp", { type: "page", direction: -1 }],
    ["ArrowLeft", { type: "collapseOrParent" }],
    ["*", { type: "expandSiblings" }],
    ["/", { type: "filter" }],
    [" ", { type: "follow" }],
  ])("%s", (key, intent) => {
    expect(treeIntent({ ...plain, key })).toEqual(intent);
  });

  it("takes Ctrl+F, and leaves other chords to the editor", () => {
    expect(treeIntent({ ...plain, key: "f", ctrlKey: true })).toEqual({ type: "filter" });
    expect(treeIntent({ ...plain, key: "ArrowDown", ctrlKey: true })).toBeUndefined();
    expect(treeIntent({ ...plain, key: "ArrowLeft", altKey: true })).toBeUndefined();
  });

  it("knows nothing of names that objects have by themselves", () => {
    expect(treeIntent({ ...plain, key: "constructor" })).toBeUndefined();
  });
});
