import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sourceHash } from "../../../scripts/sourceHash.mjs";

describe("sourceHash", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "source-hash-"));
    mkdirSync(join(root, "src/deep"), { recursive: true });
    writeFileSync(join(root, "src/a.ts"), "a");
    writeFileSync(join(root, "src/deep/b.ts"), "b");
    writeFileSync(join(root, "other.txt"), "other");
  });

  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it.each<[string, () => void]>([
    [
      "a file changes",
      () => {
        writeFileSync(join(root, "src/deep/b.ts"), "B");
      },
    ],
    [
      "a file is added",
      () => {
        writeFileSync(join(root, "src/c.ts"), "");
      },
    ],
    [
      "a file is removed",
      () => {
        rmSync(join(root, "src/a.ts"));
      },
    ],
    [
      "a file is renamed",
      () => {
        renameSync(join(root, "src/a.ts"), join(root, "src/z.ts"));
      },
    ],
    [
      "bytes move from one file to the next",
      () => {
        writeFileSync(join(root, "src/a.ts"), "ab");
        writeFileSync(join(root, "src/deep/b.ts"), "");
      },
    ],
  ])("differs when %s", (_what, change) => {
    const before = sourceHash(root, ["src"]);
    change();
    expect(sourceHash(root, ["src"])).not.toBe(before);
  });

  it("stays when a file is written again with the same content, or one outside changes", () => {
    const before = sourceHash(root, ["src"]);
    writeFileSync(join(root, "src/a.ts"), "a");
    writeFileSync(join(root, "other.txt"), "changed");
    expect(sourceHash(root, ["src"])).toBe(before);
  });

  it("takes what does not exist for empty", () => {
    expect(sourceHash(root, ["src", "nowhere"])).toBe(sourceHash(root, ["src"]));
  });
});
