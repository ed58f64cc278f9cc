import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

import { makeDirectories } from "../../../../tracer-service/history/makeDirectories.ts";

describe("makeDirectories", () => {
  const root = mkdtempSync(join(tmpdir(), "wpl-directories-"));
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it("makes all that are missing, with the mode given, and leaves those that are there", () => {
    const deepest = join(root, "a", "b", "c");
    makeDirectories(deepest, 0o700);
    expect(["a", "a/b", "a/b/c"].map((each) => statSync(join(root, each)).mode & 0o777)).toEqual([
      0o700, 0o700, 0o700,
    ]);
    makeDirectories(deepest, 0o755);
    expect(statSync(deepest).mode & 0o777).toBe(0o700);
  });

  it.each([
    ["below a file", () => join(root, "file", "x"), /ENOTDIR/],
    ["in the place of a file", () => join(root, "file"), /EEXIST/],
    ["without a name", () => "", /ENOENT/],
    ["where the kernel takes none, as if something were missing", () => "/proc/wpl/x", /ENOENT/],
  ])("fails at once %s", (_name, path, error) => {
    writeFileSync(join(root, "file"), "");
    expect(() => {
      makeDirectories(path(), 0o700);
    }).toThrow(error);
  });
});
