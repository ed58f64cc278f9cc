import { describe, expect, it } from "vitest";
import { isInstalled } from "../../../scripts/npmPackages.mjs";

interface Package {
  version: string;
  integrity?: string;
  optional?: boolean;
}

function lockfile(packages: Record<string, Package>): string {
  return JSON.stringify({ lockfileVersion: 3, packages });
}

const LOCKED = lockfile({
  "": { version: "0.1.0" },
  "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
  "node_modules/a-other-cpu": { version: "1.0.0", integrity: "sha512-b", optional: true },
});

describe("isInstalled", () => {
  it.each<[string, Record<string, Package>]>([
    ["all that is locked", { "node_modules/a": { version: "1.0.0", integrity: "sha512-a" } }],
    [
      "more than is locked",
      {
        "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
        "node_modules/extra": { version: "2.0.0" },
      },
    ],
  ])("is content with %s, optional packages aside", (_what, installed) => {
    expect(isInstalled(LOCKED, lockfile(installed))).toBe(true);
  });

  it.each<[string, Record<string, Package>]>([
    ["nothing", {}],
    ["another version", { "node_modules/a": { version: "1.0.1", integrity: "sha512-a" } }],
    ["other content", { "node_modules/a": { version: "1.0.0", integrity: "sha512-x" } }],
    [
      "another version of an optional package",
      {
        "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
        "node_modules/a-other-cpu": { version: "0.9.0", integrity: "sha512-b" },
      },
    ],
  ])("is not content with %s", (_what, installed) => {
    expect(isInstalled(LOCKED, lockfile(installed))).toBe(false);
  });

  it("is not content with an installation that npm did not finish", () => {
    expect(isInstalled(LOCKED, undefined)).toBe(false);
    expect(isInstalled(LOCKED, "")).toBe(false);
    expect(isInstalled(LOCKED, '{"packages":')).toBe(false);
  });

  it("leaves it to npm to say what is wrong with a lock file that can't be read", () => {
    expect(isInstalled("", LOCKED)).toBe(false);
    expect(isInstalled(undefined, LOCKED)).toBe(false);
  });
});
