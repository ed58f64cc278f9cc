import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  CODE_SERVER_ENTRY,
  CODE_SERVER_FOLDER,
  installCodeServer,
  isCodeServerInstalled,
} from "../../../scripts/codeServer.mjs";

const packages = (version: string): string =>
  JSON.stringify({ packages: { "node_modules/code-server": { version, integrity: `sha512-${version}` } } });
const inner = "node_modules/code-server/lib/vscode";

describe("isCodeServerInstalled", () => {
  let root = "";

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "code-server-"));
  });

  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  const write = (file: string, content: string): void => {
    const path = join(root, CODE_SERVER_FOLDER, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  };

  const complete: Record<string, string> = {
    "package-lock.json": packages("1.2.3"),
    "node_modules/.package-lock.json": packages("1.2.3"),
    [`${inner}/node_modules/.package-lock.json`]: "{}",
    [`${inner}/extensions/node_modules/.package-lock.json`]: "{}",
  };

  it.each([
    ["is there when all parts are", {}, true],
    ["is not there in another version", { "node_modules/.package-lock.json": packages("1.2.2") }, false],
    ["is not there before npm has finished", { "node_modules/.package-lock.json": undefined }, false],
    [
      "is not there when its install script was cut off",
      { [`${inner}/extensions/node_modules/.package-lock.json`]: undefined },
      false,
    ],
    [
      "is not there when its install script did not run",
      { [`${inner}/node_modules/.package-lock.json`]: undefined },
      false,
    ],
  ])("%s", (_name, changes: Record<string, string | undefined>, expected) => {
    for (const [file, content] of Object.entries({ ...complete, ...changes })) {
      if (content !== undefined) write(file, content);
    }
    expect(isCodeServerInstalled(root)).toBe(expected);
  });
});

describe("installCodeServer", () => {
  it("installs what the lock file says, with the install scripts that make it work", () => {
    const runs: string[] = [];
    installCodeServer((command, args, folder) => {
      runs.push(`${folder}: ${[command, ...args].join(" ")}`);
      return true;
    });
    expect(runs).toEqual([
      "scripts/code-server: npm ci --include=optional --ignore-scripts=false --loglevel=error",
    ]);
    expect(CODE_SERVER_ENTRY.startsWith(`${CODE_SERVER_FOLDER}/node_modules/`)).toBe(true);
  });

  it("says what to do when npm fails", () => {
    expect(() => {
      installCodeServer(() => false);
    }).toThrow("could not install code-server: see npm's messages above, then run this again");
  });
});
