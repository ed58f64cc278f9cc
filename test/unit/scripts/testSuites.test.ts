import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { suiteFolder, SUITES_APART, TEST_SUITES } from "../../../scripts/testSuites.mjs";

const root = join(import.meta.dirname, "../../..");

describe("TEST_SUITES", () => {
  it("holds every folder with tests, so that none is left out unnoticed", () => {
    const tests = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" });
    const folders = tests
      .filter((path) => path.endsWith(".test.ts"))
      .map((path) => `test/${path.split("/")[0] ?? ""}`);
    expect(folders).toContain("test/unit");
    expect([...TEST_SUITES, ...SUITES_APART].map(suiteFolder)).toEqual(expect.arrayContaining(folders));
  });

  it.each(TEST_SUITES)("has an npm script for %s", (suite) => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const main = `${suiteFolder(suite)}/main.ts`;
    const command = existsSync(join(root, main)) ? `node ${main}` : `vitest run --project ${suite}`;
    expect(manifest.scripts[`test:${suite}`]).toBe(command);
  });
});
