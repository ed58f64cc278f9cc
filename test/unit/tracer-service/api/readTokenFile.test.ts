import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readTokenFile } from "../../../../tracer-service/api/readTokenFile.ts";

const TOKEN = "0123456789abcdef";
const OWN_UID = process.getuid?.() ?? 0;

describe("readTokenFile", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "token-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function write(content: string, mode: number): string {
    const path = join(folder, "token");
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  }

  it("reads the token without the newline at its end", () => {
    expect(readTokenFile(write(`${TOKEN}\n`, 0o600), OWN_UID)).toBe(TOKEN);
  });

  it.each([
    ["others may read", TOKEN, 0o644, /mode is not 0600/],
    ["is too short", TOKEN.slice(1), 0o600, /less than 16/],
    ["holds two lines", `${TOKEN}\n${TOKEN}`, 0o600, /more than one line/],
    ["is too long", "a".repeat(5_000), 0o600, /more than one line/],
  ])("refuses a file that %s", (_name, content, mode, why) => {
    expect(() => readTokenFile(write(content, mode), OWN_UID)).toThrow(why);
  });

  it("refuses a symbolic link", () => {
    symlinkSync(write(TOKEN, 0o600), join(folder, "link"));
    expect(() => readTokenFile(join(folder, "link"), OWN_UID)).toThrow(/ELOOP/);
  });
});
