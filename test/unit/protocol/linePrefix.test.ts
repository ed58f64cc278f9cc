import { describe, expect, it } from "vitest";

import { podPrefix, timePrefix } from "../../../protocol/linePrefix.ts";

describe("podPrefix", () => {
  it.each([
    [
      "[pod/tracer-x7k2p/tracer] {}",
      { text: "[pod/tracer-x7k2p/tracer] ", pod: "tracer-x7k2p", container: "tracer" },
    ],
    ["[pod/tracer-x7k2p] {}", undefined],
    ["[pod/a/b/c] {}", undefined],
    [`[pod/${"a".repeat(254)}/b] {}`, undefined],
    [" [pod/a/b] {}", undefined],
    ["[1]", undefined],
  ])("%s", (text, expected) => {
    expect(podPrefix(text)).toEqual(expected);
  });
});

describe("timePrefix", () => {
  it.each([
    ["2022-02-28T20:29:38Z {}", { text: "2022-02-28T20:29:38Z ", stream: undefined, more: false }],
    [
      "2022-02-28T20:29:38.1+01:00 x",
      { text: "2022-02-28T20:29:38.1+01:00 ", stream: undefined, more: false },
    ],
    [
      "2022-02-28T20:29:38.038Z stdout P x",
      { text: "2022-02-28T20:29:38.038Z stdout P ", stream: "stdout", more: true },
    ],
    [
      "2022-02-28T20:29:38.038Z stderr F:tag x",
      { text: "2022-02-28T20:29:38.038Z stderr F:tag ", stream: "stderr", more: false },
    ],
    [
      "2022-02-28T20:29:38.038Z stdout Q x",
      { text: "2022-02-28T20:29:38.038Z ", stream: undefined, more: false },
    ],
    ["2022-02-28 20:29:38 x", undefined],
    ["2022-02-28T20:29:38.0123456789Z x", undefined],
  ])("%s", (text, expected) => {
    expect(timePrefix(text)).toEqual(expected);
  });
});
