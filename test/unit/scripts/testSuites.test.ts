import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TEST_SUITES, VITEST_SUITES } from "../../../scripts/testSuites.mjs";

const root = join(import.meta.dirname, "../../..");

describe("TEST_SUITES", () => {
  it("holds every folder with tests, so that none is left out of npm test", () => {
    const tests = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" });
    const folders = tests.filter((path) => path.endsWith(".test.ts")).map((path) => path.split("/")[0]);
    expect(folders).toContain("unit");
    expect(TEST_SUITES).toEqual(expect.arrayContaining(folders));
  });

  it.each(TEST_SUITES)("has an npm script for %s", (suite) => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const byVitest = VITEST_SUITES.some((name) => name === suite);
    const command = byVitest ? `vitest run --project ${suite}` : `node test/${suite}/main.ts`;
    expect(manifest.scripts[`test:${suite}`]).toBe(command);
  });
});
