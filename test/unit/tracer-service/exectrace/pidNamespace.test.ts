import { readlinkSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePidNamespace, readOwnPidNamespace } from "../../../../tracer-service/exectrace/pidNamespace.ts";

function refusalOf(text: string): string | undefined {
  const parsed = parsePidNamespace(text);
  return parsed.type === "invalid" ? parsed.reason : undefined;
}

describe("parsePidNamespace", () => {
  it.each([
    ["4026532001", 4026532001],
    ["1", 1],
    ["4294967295", 4294967295],
  ])("reads %s", (text, inode) => {
    expect(parsePidNamespace(text)).toEqual({ type: "namespace", inode });
  });

  it.each([
    "",
    "0",
    "00",
    "04026532001",
    "+4026532001",
    "-1",
    "4294967296",
    "9999999999",
    "99999999999",
    "4e9",
    "0x1f",
    "1.0",
    "1_000",
    "4026532001\n",
    "pid:[4026532001]",
    "４０２６",
    "NaN",
    "Infinity",
  ])("refuses %j", (text) => {
    expect(refusalOf(text)).toMatch(/^expected the inode number .* a decimal number from 1 to 4294967295$/);
  });

  it("refuses the namespace of the whole node, whose processes are not one user's", () => {
    expect(refusalOf("4026531836")).toMatch(/whole node.*hostPID/);
  });

  it("gives back every number in range but the node's", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0xffff_ffff }), (inode) => {
        fc.pre(inode !== 4026531836);
        expect(parsePidNamespace(String(inode))).toEqual({ type: "namespace", inode });
      }),
    );
  });
});

describe("readOwnPidNamespace", () => {
  it("gives the number of a container's namespace", () => {
    expect(readOwnPidNamespace(() => 4026532001)).toBe(4026532001);
  });

  it("refuses to log the whole node when the container shares its namespace", () => {
    expect(() => readOwnPidNamespace(() => 4026531836)).toThrow(/^--use-local-pidns: .*without hostPID$/);
  });

  it("agrees with the kernel about the namespace that this test runs in", () => {
    const own = /[0-9]+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0];
    if (own === "4026531836") expect(() => readOwnPidNamespace()).toThrow(/hostPID/);
    else expect(String(readOwnPidNamespace())).toBe(own);
  });
});
