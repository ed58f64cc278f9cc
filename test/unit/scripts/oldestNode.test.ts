import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");

/** What Node.js 20.0 lacks, and what later ones tempt to use. */
const NEWER =
  /import\.meta\.(?:dirname|filename)|withResolvers|process\.loadEnvFile|styleText|globSync|from "node:sqlite"/;

/** A script and all of the repository's own that it imports. */
function withImports(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, path = ""] of readFileSync(file, "utf8").matchAll(/from "(\.[^"]+)"/g)) {
    withImports(join(dirname(file), path), seen);
  }
  return seen;
}

describe("the scripts that run before Node 24 is installed", () => {
  it.each(["start", "test"])("%s runs on the oldest Node 20", (name) => {
    const files = [...withImports(join(root, "scripts", `${name}.mjs`))];
    expect(files.map((file) => relative(root, file))).toContain("scripts/prepare.mjs");
    const newer = files.filter((file) =>
      NEWER.test(readFileSync(file, "utf8").replace(/\/\*\*.*?\*\//gs, "")),
    );
    expect(newer.map((file) => relative(root, file))).toEqual([]);
  });
});
