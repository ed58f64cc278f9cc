import { describe, expect, it } from "vitest";
import { parseHostFlags, USAGE } from "../../../scripts/hostFlags.mjs";

describe("parseHostFlags", () => {
  it("listens on 8080, opens nothing and writes no log where nothing is said", () => {
    expect(parseHostFlags([], "/home/jessie")).toEqual({
      port: 8080,
      portGiven: false,
      folder: undefined,
      log: "none",
    });
  });

  it.each([
    ["a port", ["--port", "9000"], { port: 9000, portGiven: true }],
    ["the default port, given", ["--port=8080"], { port: 8080, portGiven: true }],
    ["a folder from where the user stands", ["--folder", "src/app"], { folder: "/home/jessie/src/app" }],
    ["a whole path", ["--folder", "/srv"], { folder: "/srv" }],
    ["a log file from where the user stands", ["--log", "x.json"], { log: "/home/jessie/x.json" }],
    ["a log on stdout", ["--log", "-"], { log: "-" }],
    ["no log", ["--log", "none"], { log: "none" }],
  ])("takes %s", (_what, args, expected) => {
    expect(parseHostFlags(args, "/home/jessie")).toMatchObject(expected);
  });

  it.each([["--help"], ["-h"]])("answers %s with nothing, so that the usage is shown", (flag) => {
    expect(parseHostFlags([flag], "/")).toBeUndefined();
    for (const name of ["--port", "--folder", "--log"]) expect(USAGE).toContain(name);
  });

  it.each([
    ["an unknown flag", ["--prot", "1"], "Unknown option '--prot'"],
    ["a word", ["folder"], "Unexpected argument 'folder'"],
    ["a port that is missing", ["--port"], "argument missing"],
    ["port 0", ["--port", "0"], "--port 0: expected"],
    ["a port that is too high", ["--port", "65536"], "--port 65536: expected"],
    ["a port that is no number", ["--port", "80a"], "--port 80a: expected"],
    ["an empty folder", ["--folder", ""], "--folder needs a value"],
    ["an empty log", ["--log="], "--log needs a value"],
  ])("refuses %s in one line", (_what, args, message) => {
    const parse = (): unknown => parseHostFlags(args, "/");
    expect(parse).toThrow(message);
    expect(parse).toThrow(/^[^\n]+$/);
  });
});
