import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { SealKey } from "../../../../tracer-service/history/sealKey.ts";
import { LOG_KEY, LogChainState } from "../../../../tracer-service/integrity/logChainState.ts";

describe("LogChainState", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "wpl-log-chain-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it.each([
    ["empty, as a power cut leaves a file", ""],
    ["no JSON", "\0\0\0"],
    ["no head", "{}"],
  ])("puts a head aside that is %s, and still has the key", (_, text) => {
    const file = join(directory, "log-head.json");
    SealKey.create(directory, LOG_KEY);
    writeFileSync(file, text);
    const state = LogChainState.open(directory);
    expect(state).toMatchObject({ head: undefined, setAside: `${file}.damaged` });
    expect(state.key).toBeDefined();
    state.close();
    expect(readFileSync(`${file}.damaged`, "utf8")).toBe(text);
    expect(existsSync(file)).toBe(false);
    const again = LogChainState.open(directory);
    expect(again.setAside).toBeUndefined();
    again.close();
  });

  it("gives back the head that it kept", async () => {
    const head = { run: "r", number: 3, hash: "ab".repeat(32), lastSeq: 7 };
    const state = LogChainState.open(directory);
    await state.save(head);
    state.close();
    const again = LogChainState.open(directory);
    expect(again.head).toEqual(head);
    again.close();
  });
});
