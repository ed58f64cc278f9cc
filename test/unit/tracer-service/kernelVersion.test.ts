import { describe, expect, it } from "vitest";
import { carriesBackBpf, isAtLeast, parseKernelVersion } from "../../../tracer-service/kernelVersion.ts";

describe("parseKernelVersion", () => {
  it.each([
    ["5.4.0-1045-aws", 5, 4],
    ["4.18.0-372.9.1.el8.x86_64", 4, 18],
    ["6.18.44-microvm", 6, 18],
    ["5.15.146+", 5, 15],
    ["5.15.153.1-microsoft-standard-WSL2", 5, 15],
    ["6.1.0-21-cloud-amd64", 6, 1],
    ["6.12-rc3", 6, 12],
    ["10.0", 10, 0],
  ])("reads %s as %i.%i", (release, major, minor) => {
    expect(parseKernelVersion(release)).toEqual({ major, minor });
  });

  it.each(["", "6", "v6.1", "linux", "6.", ".1", "6.99999"])("does not take %j for a version", (release) => {
    expect(parseKernelVersion(release)).toBeUndefined();
  });
});

describe("isAtLeast", () => {
  it.each([
    [5, 8, true],
    [5, 10, true],
    [6, 0, true],
    [5, 7, false],
    [4, 18, false],
  ])("compares %i.%i with 5.8 by number, not by letter: %s", (major, minor, expected) => {
    expect(isAtLeast({ major, minor }, 5, 8)).toBe(expected);
  });
});

describe("carriesBackBpf", () => {
  it.each([
    ["4.18.0-372.9.1.el8.x86_64", true],
    ["4.18.0-477.27.1.el8_8.x86_64", true],
    ["4.18.0-553.el8", true],
    ["5.4.17-2136.330.7.el8uek.x86_64", false],
    ["4.18.0-25-generic", false],
    ["3.10.0-1160.el7.x86_64", false],
    ["5.14.0-427.el9.x86_64", false],
  ])("%s: %s", (release, expected) => {
    expect(carriesBackBpf(release)).toBe(expected);
  });
});
