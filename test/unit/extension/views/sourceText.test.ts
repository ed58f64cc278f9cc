import { describe, expect, it } from "vitest";
import { type ShownSource, sourceFacts, sourceText } from "../../../../extension/views/sourceText.ts";

const t = (message: string, ...values: (string | number)[]): string =>
  message.replace(/\{(\d)\}/g, (_match, index) => String(values[Number(index)]));
const formatTime = (ms: number): string => `@${ms}`;

const node = {
  node: "node-1",
  bootId: "b",
  kernel: "6.18.0",
  serviceVersion: "0.1.0",
  run: "r",
  since: "2026-01-01T00:00:00.000000000Z",
  rate: 3,
  execs: 10,
  exits: 9,
  lost: 0,
  unattributed: 4,
  clients: 1,
};
const tracer: ShownSource = { id: "t", kind: "tracer", name: "node-1", state: { type: "connected" }, node };
const file: ShownSource = {
  id: "f",
  kind: "file",
  name: "a.log",
  state: { type: "read", events: 1_200, otherLines: 0 },
  node: undefined,
};

describe("sourceText", () => {
  it.each<[string, ShownSource, string, string]>([
    ["a tracer that is ready", tracer, "ready · 3/s", "tracer"],
    [
      "a tracer that loses",
      { ...tracer, node: { ...node, lost: 5_000 } },
      "ready · 3/s · 5,000 lost",
      "tracer",
    ],
    [
      "a tracer that nobody takes the log of",
      { ...tracer, node: { ...node, logBlockedSeconds: 12 } },
      "ready · 3/s · log output blocked for 12 s",
      "tracer",
    ],
    [
      "a tracer whose history is behind",
      { ...tracer, node: { ...node, historyBehindSeconds: 3 } },
      "ready · 3/s · history 3 s behind",
      "tracer",
    ],
    [
      "a tracer whose history fails",
      { ...tracer, node: { ...node, historyBehindSeconds: 3, historyFailing: true } },
      "ready · 3/s · history can't be written",
      "tracer",
    ],
    [
      "a tracer whose history went back",
      { ...tracer, historyDiffers: true },
      "ready · history does not go on · 3/s",
      "tracerDiffers",
    ],
    [
      "a tracer that tells nothing of its history any more",
      { ...tracer, historyUntold: true },
      "ready · history not told any more · 3/s",
      "tracerDiffers",
    ],
    [
      "a tracer before its first answer",
      { ...tracer, state: { type: "connecting" }, node: undefined },
      "connecting",
      "tracer",
    ],
    [
      "a tracer that is gone",
      { ...tracer, state: { type: "disconnected", sinceMs: 7, why: "no answer", retryMs: 9 } },
      "not ready since @7: no answer",
      "tracerDown",
    ],
    ["a file", file, "1,200 events", "file"],
    [
      "a file with other lines",
      { ...file, state: { type: "read", events: 1, otherLines: 3 } },
      "1 event · 3 lines are no events",
      "file",
    ],
    [
      "a file that is being read",
      { ...file, state: { type: "reading", readBytes: 50, totalBytes: 200 } },
      "reading, 25 %",
      "file",
    ],
    [
      "a file that can't be read",
      { ...file, state: { type: "disconnected", sinceMs: 7, why: "it is a folder", retryMs: undefined } },
      "it is a folder",
      "file",
    ],
    [
      "a file of unknown size",
      { ...file, state: { type: "reading", readBytes: 50, totalBytes: undefined } },
      "reading",
      "file",
    ],
  ])("tells of %s", (_name, source, description, contextValue) => {
    expect(sourceText(source, t, formatTime)).toMatchObject({ description, contextValue });
  });
});

describe("sourceFacts", () => {
  it("tells kernel, version, rate, lost and unattributed of a tracer", () => {
    expect(
      sourceFacts(tracer, t, formatTime).map(({ key, value, warning }) => [key, value, warning]),
    ).toEqual([
      ["kernel", "6.18.0", false],
      ["version", "0.1.0", false],
      ["rate", "3 programs/s", false],
      ["lost", "0", false],
      ["unattributed", "4", true],
      ["since", formatTime(Date.UTC(2026, 0, 1)), false],
    ]);
  });

  it("warns of what holds up a tracer, in its icon, too", () => {
    const heldUp = { ...tracer, node: { ...node, logBlockedSeconds: 12, historyBehindSeconds: 3 } };
    const facts = sourceFacts(heldUp, t, formatTime).filter(({ name }) => /Log output|History/.test(name));
    expect(facts.map(({ key, value, warning }) => [key, value, warning])).toEqual([
      ["logBlocked", "blocked for 12 s", true],
      ["history", "3 s behind", true],
    ]);
    expect(sourceText(heldUp, t, formatTime).icon).toBe("warning");
    expect(sourceText(tracer, t, formatTime).icon).toBe("pass");
  });

  it("tells how many lines of a file were no events", () => {
    const facts = sourceFacts({ ...file, state: { type: "read", events: 2, otherLines: 3 } }, t, formatTime);
    expect(facts.map(({ key, value, warning }) => [key, value, warning])).toEqual([
      ["events", "2", false],
      ["otherLines", "3", true],
    ]);
  });
});
