import { describe, expect, it } from "vitest";

import { seenOf } from "../../../../../bench/tracer/figures/fidelity.ts";

const plain = { kind: "execve", between: "" } as const;
const none = { kind: "none", between: "-tail" } as const;
const long = { kind: "long", between: "x{3}" } as never;

describe("seenOf", () => {
  it.each([
    { output: `{"argv":["p","M-headM-tail"]}\n`, kind: plain, seen: "whole" },
    { output: "p M-headxxxM-tail\n", kind: long, seen: "whole" },
    { output: "/tmp/M-head-tail\n", kind: none, seen: "whole" },
    { output: "p M-headxx\nq M-tail\n", kind: long, seen: "cut" },
    { output: "p M-headxx...\n", kind: long, seen: "cut, and says so" },
    { output: `{"argv":["M-headx"],"truncated":true}\n`, kind: long, seen: "cut, and says so" },
    { output: `{"truncated":true}\np M-headx\n`, kind: long, seen: "cut" },
    { output: "p N-headN-tail\n", kind: plain, seen: "not seen" },
  ])("says that the exec is $seen when a tool writes $output", ({ output, kind, seen }) => {
    expect(seenOf(output, kind, "M")).toBe(seen);
  });
});
