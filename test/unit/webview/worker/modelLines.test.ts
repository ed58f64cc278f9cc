import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { execLine } from "../../../webview/support/lines.ts";
import { at, driven, STORY } from "./support/modelStory.ts";

describe("what is known of a row", () => {
  it("is its line, its exit's line and its ancestors", async () => {
    const driver = driven(...STORY);
    driver.say({ type: "details", row: driver.exec("cc").id });
    await driver.settle();
    const { details } = driver.latest("details");
    expect(details?.json).toBe(STORY[4]?.trim());
    expect(details?.exitJson).toBe(STORY[7]?.trim());
    expect(details?.ancestors.map(({ program }) => program)).toEqual(["bash", "make"]);
  });

  it("is nothing once it is gone", async () => {
    const driver = driven(...STORY);
    const row = driver.exec("cc").id;
    driver.say({ type: "sourceRemoved", id: "node-a" });
    driver.events(STORY.join(""), "b");
    driver.say({ type: "details", row });
    await driver.settle();
    expect(driver.latest("details").details).toBeUndefined();
  });

  it("finds lines again in packed chunks", async () => {
    const lines = Array.from({ length: 2_500 }, (_, index) =>
      execLine({ id: `${String(index + 1)}.1.1`, argv: [`t${String(index)}`], atMs: at(index) }),
    );
    const driver = driven(...lines);
    await driver.settle();
    const row = driver.exec("t1234").id;
    driver.say({ type: "details", row });
    await driver.settle();
    expect(driver.latest("details").details?.json).toBe(lines[1_234]?.trim());
  });

  it("is found in batches that came packed, also while others come as they are", async () => {
    const lines = Array.from({ length: 900 }, (_, index) =>
      execLine({ id: `${String(index + 1)}.1.1`, argv: [`t${String(index)}`], atMs: at(index) }),
    );
    const driver = driven(lines.slice(0, 300).join(""));
    const text = lines.slice(300, 600).join("");
    const packed = { lines: new Uint8Array(deflateRawSync(text)), unpackedLength: text.length };
    driver.model.receive({ type: "events", source: "node-a", batch: 2, ...packed });
    driver.events(lines.slice(600).join(""));
    await driver.settle();
    expect(driver.latest("rows").counts.total).toBe(900);
    for (const number of [299, 300, 456, 599, 600]) {
      driver.say({ type: "details", row: driver.exec(`t${String(number)}`).id });
      await driver.settle();
      expect(driver.latest("details").details?.json).toBe(lines[number]?.trim());
    }
    expect(driver.messages.filter(({ type }) => type === "consumed")).toHaveLength(3);
  });

  it("is a loss of so many lines where a packed batch can't be unpacked, and what follows is taken", async () => {
    const driver = driven();
    const packed = { lines: Uint8Array.of(1, 2, 3), unpackedLength: 9, unpackedLines: 4 };
    driver.model.receive({ type: "events", source: "node-a", batch: 7, ...packed });
    driver.events(STORY.join(""));
    await driver.settle();
    expect(driver.latest("problem").message).toContain("the process tree has a fault");
    expect(driver.messages.filter(({ type }) => type === "consumed")).toHaveLength(3);
    expect(driver.latest("rows").counts).toMatchObject({ total: 6, lost: 37 + 4 });
    expect(driver.latest("rows").rows).toContainEqual(
      expect.objectContaining({ type: "loss", kind: "line", reason: "unpackable", count: 4 }),
    );
  });
});

describe("exporting", () => {
  it.each([
    ["everything", "", STORY.length],
    ["shown", "cc", 3],
  ] as const)("tells %s in the order of time", async (scope, expression, rest) => {
    const driver = driven(...[...STORY].reverse());
    driver.filter(expression === "" ? "" : "exit:1");
    driver.say({ type: "export", id: 7, scope });
    await driver.settle();
    const part = driver.latest("exported");
    const times = part.lines
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { ts: string }).ts);
    expect(times).toEqual([...times].sort());
    expect(part).toMatchObject({ id: 7, events: rest, totalEvents: rest, done: true });
  });

  it("comes in parts, each when it is asked for, until it is cancelled", async () => {
    const lines = Array.from({ length: 5_000 }, (_, index) =>
      execLine({ id: `${String(index + 1)}.1.1`, argv: [`t${String(index)}`], atMs: at(index) }),
    );
    const driver = driven(...lines);
    await driver.settle();
    driver.say({ type: "export", id: 1, scope: "everything" });
    let all = "";
    for (let parts = 0; parts < 100; parts++) {
      await driver.settle();
      const { lines: part, done } = driver.latest("exported");
      all += part;
      if (done) break;
      driver.say({ type: "exportNext", id: 1 });
    }
    expect(all).toBe(lines.join(""));
    driver.say({ type: "export", id: 2, scope: "everything" });
    driver.say({ type: "exportCancel", id: 2 });
    const { length } = driver.messages;
    driver.say({ type: "exportNext", id: 2 });
    await driver.settle();
    expect(driver.messages.slice(length)).toEqual([]);
  });

  it("counts what went meanwhile among all events only", async () => {
    const lines = Array.from({ length: 5_000 }, (_, index) =>
      execLine({ id: `${String(index + 1)}.1.1`, argv: [`t${String(index)}`], atMs: at(index) }),
    );
    const driver = driven(...lines);
    await driver.settle();
    driver.say({ type: "export", id: 1, scope: "everything" });
    await driver.settle();
    const { events } = driver.latest("exported");
    expect(events).toBeLessThan(lines.length);
    driver.say({ type: "sourceRemoved", id: "node-a" });
    driver.say({ type: "exportNext", id: 1 });
    await driver.settle();
    expect(driver.latest("exported")).toMatchObject({ lines: "", events, totalEvents: 5_000, done: true });
  });
});
