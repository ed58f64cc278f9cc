import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { RunDirectory } from "../../../../scripts/host/runDirectory.ts";

const mode = (path: string): number => statSync(path).mode & 0o777;

describe("RunDirectory", () => {
  const directory = new RunDirectory();
  const elsewhere = mkdtempSync(join(tmpdir(), "run-directory-"));

  afterEach(() => {
    rmSync(elsewhere, { recursive: true });
  });

  it("is made for one user, made that user's, and removed with nothing else", () => {
    expect(mode(directory.path)).toBe(0o711);
    expect([mode(directory.editor), mode(directory.sockets)]).toEqual([0o700, 0o700]);

    const file = join(directory.editor, "data/User/settings.json");
    mkdirSync(join(directory.editor, "data/User"), { recursive: true });
    writeFileSync(file, "{}");
    writeFileSync(join(elsewhere, "precious"), "");
    symlinkSync(elsewhere, join(directory.editor, "data/link"));
    const { uid, gid } = statSync(elsewhere);
    directory.giveEditorTo(uid, gid);
    expect(statSync(file)).toMatchObject({ uid, gid });

    directory.remove([]);
    expect(existsSync(directory.path)).toBe(false);
    expect(existsSync(join(elsewhere, "precious"))).toBe(true);
  });
});
