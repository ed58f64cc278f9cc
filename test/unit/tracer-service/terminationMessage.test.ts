import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { leaveTerminationMessage } from "../../../tracer-service/terminationMessage.ts";

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "termination-"));
  path = join(directory, "termination-log");
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

describe("leaveTerminationMessage", () => {
  it("replaces what is in the file, and keeps to what the kubelet reads of it", () => {
    writeFileSync(path, "x".repeat(10_000));
    leaveTerminationMessage("kernel 5.4 is too old", path);
    expect(readFileSync(path, "utf8")).toBe("kernel 5.4 is too old");
    leaveTerminationMessage("é".repeat(10_000), path);
    expect(readFileSync(path).length).toBe(4_096);
  });

  it("makes no file, and follows no link", () => {
    leaveTerminationMessage("why", path);
    expect(existsSync(path)).toBe(false);
    const other = join(directory, "other");
    writeFileSync(other, "");
    symlinkSync(other, path);
    leaveTerminationMessage("why", path);
    expect(readFileSync(other, "utf8")).toBe("");
  });
});
