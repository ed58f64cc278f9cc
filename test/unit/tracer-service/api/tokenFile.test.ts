import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { TokenFile } from "../../../../tracer-service/api/tokenFile.ts";

const OWN_UID = process.getuid?.() ?? 0;

describe("TokenFile", () => {
  let folder = "";
  let path = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "token-"));
    path = join(folder, "token");
    writeFileSync(path, "0123456789abcdef\n", { mode: 0o600 });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("has the token that the file holds now", () => {
    const file = new TokenFile(path, OWN_UID, () => undefined);
    expect(file.read()).toBe("0123456789abcdef");
    writeFileSync(path, "fedcba9876543210");
    expect(file.read()).toBe("fedcba9876543210");
  });

  it("has none while the file can't be used, and tells each problem once", () => {
    const problems: string[] = [];
    const file = new TokenFile(path, OWN_UID, (problem) => problems.push(problem));
    chmodSync(path, 0o644);
    expect([file.read(), file.read()]).toEqual([undefined, undefined]);
    chmodSync(path, 0o600);
    expect(file.read()).toBe("0123456789abcdef");
    rmSync(path);
    expect(file.read()).toBeUndefined();
    expect(problems).toEqual([expect.stringMatching(/mode is not 0600/), expect.stringMatching(/ENOENT/)]);
  });

  it("is not made of a file that can't be used", () => {
    rmSync(path);
    expect(() => new TokenFile(path, OWN_UID, () => undefined)).toThrow(/ENOENT/);
  });
});
