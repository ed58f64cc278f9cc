import { describe, expect, it } from "vitest";
import { badgesOf } from "../../../../../webview/view/grid/badges.ts";
import type { ExecRow } from "../../../../../webview/worker/workerMessages.ts";

const GAINED = { badges: ["gained"], gained: ["setuid"], uid: 1_000, euid: 0 } as const;

function badgesWith(facts: Partial<ExecRow>): readonly string[] {
  return badgesOf({ badges: [], gained: [], uid: 0, euid: undefined, ...facts } as unknown as ExecRow).map(
    ({ text }) => text,
  );
}

describe("badgesOf", () => {
  it.each<[what: string, facts: Partial<ExecRow>, expected: string]>([
    ["whose rights an exec got", GAINED, "uid 1000 → 0"],
    ["how rights were gained without another uid", { ...GAINED, uid: 0 }, "gained setuid"],
    ["how rights were gained where the uid is not known", { ...GAINED, euid: undefined }, "gained setuid"],
    ["that rights were gained in no known way", { ...GAINED, uid: 0, gained: [] }, "gained privileges"],
  ])("says %s", (_, facts, expected) => {
    expect(badgesWith(facts)).toEqual([expected]);
  });

  it("puts the most alarming first", () => {
    expect(badgesWith({ badges: ["script", "gained", "memfd"], gained: ["setuid"] })).toEqual([
      "memory file",
      "gained setuid",
      "script",
    ]);
  });
});
