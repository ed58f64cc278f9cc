import { describe, expect, it } from "vitest";

import { parseCpuMs, parseResidentBytes } from "../../../../bench/tracer/processUsage.ts";

describe("parseCpuMs", () => {
  it.each([
    { what: "a plain name", name: "node" },
    { what: "a name with spaces and parentheses", name: "a) S 1 (b" },
  ])("adds user and system time of a process with $what", ({ name }) => {
    const stat = `4242 (${name}) S 1 4242 4242 0 -1 4194560 900 0 0 0 12 30 0 0 20 0 7 0 100 1000 200`;
    expect(parseCpuMs(stat)).toBe(420);
  });

  it("throws on anything else", () => {
    expect(() => parseCpuMs("4242 (node) S")).toThrow("expected /proc/PID/stat");
  });
});

describe("parseResidentBytes", () => {
  it("reads VmRSS", () => {
    expect(parseResidentBytes("Name:\tnode\nVmHWM:\t  900 kB\nVmRSS:\t     512 kB\n")).toBe(524_288);
  });

  it("says that the process has ended where there is none", () => {
    expect(() => parseResidentBytes("Name:\tnode\nState:\tZ (zombie)\n")).toThrow("has ended");
  });
});
