import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { readSmallFile } from "../../../../tracer-service/identity/smallFile.ts";

describe("readSmallFile", () => {
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "small-file-"));
    writeFileSync(join(directory, "file"), "žofie\n");
    writeFileSync(join(directory, "empty"), "");
    writeFileSync(join(directory, "latin1"), Buffer.from([0x61, 0xe9]));
    writeFileSync(join(directory, "later"), Buffer.from("é\n\n\xe9\n", "latin1").fill("a", 0, 1));
    symlinkSync("file", join(directory, "link"));
    execFileSync("mkfifo", [join(directory, "fifo")]);
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  it.each([
    ["a file of exactly the size allowed", "file", "žofie\n"],
    ["a link to a file", "link", "žofie\n"],
    ["an empty file", "empty", ""],
  ])("reads %s", (_, name, text) => {
    expect(readSmallFile(join(directory, name), 7)).toBe(text);
  });

  it.each([
    ["a file that is not there", "missing", 7, "missing: could not open the file: no such file or directory"],
    ["a larger file", "file", 6, "file: expected at most 6 bytes, found more"],
    ["a directory", ".", 7, ": expected a regular file, found something else"],
    [
      "a FIFO, without waiting for its writer",
      "fifo",
      7,
      "fifo: expected a regular file, found something else",
    ],
    ["other bytes than UTF-8", "latin1", 7, "latin1:1: expected UTF-8, found other bytes"],
  ])("refuses %s", (_, name, maxBytes, message) => {
    expect(() => readSmallFile(join(directory, name), maxBytes)).toThrow(message);
  });
});
