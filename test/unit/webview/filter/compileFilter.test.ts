import { describe, expect, it } from "vitest";
import { compileFilter } from "../../../../webview/filter/compileFilter.ts";
import type { FilterPredicate } from "../../../../webview/filter/compileFilter.ts";
import { parseExpression } from "../../../../protocol/filter/parseExpression.ts";
import type { RowFacts } from "../../../../webview/filter/rowFacts.ts";
import { rowWith } from "./support/rowWith.ts";

const NOON = new Date(2026, 0, 31, 12).getTime();
const HOUR = 3_600_000;

function compile(text: string, nowMs = NOON): FilterPredicate {
  const result = parseExpression(text);
  if ("error" in result) throw new Error(result.error.message);
  return compileFilter(result, nowMs);
}

const running = { running: true, durationMs: undefined, exitCode: undefined };
const killed = { exitCode: undefined, signalName: "SIGKILL", failed: true };

describe("compileFilter", () => {
  it.each<[text: string, facts: Partial<RowFacts>, expected: boolean]>([
    ["", {}, true],
    ["EXAMPLE curl", {}, true],
    ["example wget", {}, false],
    ['"curl -s"', {}, true],
    ['"curl  -s"', {}, false],
    ["-wget", {}, true],
    ["-curl", {}, false],
    [".com", { command: "xcom" }, false],
    ["ÄRGER", { command: "echo ärger" }, true],
    ["/^curl .*\\.com$/", {}, true],
    ["/CURL/", {}, false],
    ["/CURL/i", {}, true],
    ["cmd:cur", {}, true],
    ["cmd:example", {}, false],
    ["cmd:busybox", { program: "busybox", command: "ls -l" }, true],
    ["cmd:ls", { program: "busybox", command: "/bin/ls -l" }, true],
    ["cmd:-l", { program: "busybox", command: "ls -l" }, false],
    ['cmd:"my prog"', { command: "'/opt/my prog/run' x" }, true],
    ['cmd:"curl -s"', {}, true],
    ["cmd:/-s https/", {}, true],
    ["cmd:wget,curl", {}, true],
    ["cmd:!wget", {}, true],
    ["-cmd:wget,curl", {}, false],
    ["user:JESSIE", {}, true],
    ["user:jess", {}, false],
    ["user:jess*", {}, true],
    ["user:*s*e", {}, true],
    ["user:/^j/", {}, true],
    ["workspace:main,docs", { workspace: "docs" }, true],
    ["workspace:main", { workspace: "mainframe" }, false],
    ["comm:bash", {}, true],
    ["cwd:PROJECT", {}, true],
    ["cwd:/tmp", {}, false],
    ["cwd:!/tmp", { cwd: undefined }, false],
    ["-cwd:/tmp", { cwd: undefined }, true],
    ["node:worker-*", {}, true],
    ["tty:pts0", { tty: undefined }, false],
    ["container:4f2a", { container: "004f2a998877" }, true],
    ["image:memfd,deleted", { image: "deleted" }, true],
    ["image:memfd", { image: undefined }, false],
    ["source:file", {}, false],
    ["pid:4242", {}, true],
    ["pid:4000", {}, false],
    ["uid:!0", {}, true],
    ["uid:>=1000", {}, true],
    ["euid:0", { euid: undefined }, false],
    ["exit:0", {}, true],
    ["exit:!0", {}, false],
    ["exit:!0", { exitCode: 2 }, true],
    ["exit:!0,2", { exitCode: 2 }, false],
    ["exit:>1,<=0", { exitCode: 1 }, false],
    ["exit:!0", running, false],
    ["-exit:0", running, true],
    ["exit:SIGKILL", killed, true],
    ["exit:137", killed, true],
    ["exit:!0", killed, true],
    ["exit:!0", { exitCode: undefined, signalName: "SIGRTMIN+3" }, true],
    ["exit:130", { exitCode: 130 }, true],
    ["duration:>1s", {}, true],
    ["duration:>1.5s", {}, false],
    ["duration:>=1500ms,<1s", {}, true],
    ["duration:>0s", running, false],
    ["is:running", running, true],
    ["is:running", {}, false],
    ["is:ended", {}, true],
    ["is:ended", running, false],
    ["is:ended", { durationMs: undefined }, false],
    ["is:failed", { failed: true }, true],
    ["is:!failed", {}, true],
    ["is:nested", { nested: true }, true],
    ["is:root", { uid: 0, euid: undefined }, true],
    ["is:root", { uid: 1_000, euid: 0 }, true],
    ["is:root", { uid: 0, euid: 1_000 }, false],
    ["is:gained", { gained: true }, true],
    ["is:script", { script: true }, true],
    ["is:truncated,memfd", { truncated: true }, true],
    ["is:memfd", { image: "deleted" }, false],
    ["is:deleted", { image: "deleted" }, true],
    ["since:10m", { startMs: NOON - 600_000 }, true],
    ["since:10m", { startMs: NOON - 600_001 }, false],
    ["-since:10m", { startMs: NOON - 600_001 }, true],
    ["until:1h", { startMs: NOON }, false],
    ["since:11:30 until:11:45", { startMs: NOON - HOUR / 3 }, true],
    ["since:11:30 until:11:45", { startMs: NOON - HOUR }, false],
    ["since:13:00", { startMs: NOON - 22 * HOUR }, true],
    ["since:13:00", { startMs: NOON - 24 * HOUR }, false],
    ["until:13:00", { startMs: NOON }, true],
    ["user:jessie workspace:main cmd:curl uid:1000 exit:0 comm:bash", {}, true],
    ["user:jessie workspace:main cmd:curl uid:1000 exit:!0 comm:bash", {}, false],
  ])("%j, asked of %o, answers %o", (text, facts, expected) => {
    expect(compile(text).matches(rowWith(facts))).toBe(expected);
  });

  it("looks at each distinct text once", () => {
    for (const text of ["curl", "cmd:curl", 'cmd:"curl -s"', "user:jessie", "cwd:/home"]) {
      const { matches } = compile(text);
      const row = rowWith();
      expect(matches(row)).toBe(true);
      expect(matches({ ...row, command: "x", program: "x", username: "x", cwd: "x" })).toBe(true);
    }
  });

  it("follows the time", () => {
    const filter = compile("since:10m");
    const row = rowWith({ startMs: NOON });
    expect(filter.matches(row)).toBe(true);
    filter.setNow(NOON + HOUR);
    expect(filter.matches(row)).toBe(false);
  });

  it.each([
    ["since:10m", true, false],
    ["until:12:30", true, false],
    ["since:2026-01-31T10:00Z", false, false],
    ["exit:0", false, true],
    ["duration:>1s", false, true],
    ["is:nested,failed", false, true],
    ["is:nested pid:1 user:x word", false, false],
  ])("knows what changes the result of %s", (text, dependsOnTime, dependsOnExit) => {
    expect(compile(text)).toMatchObject({ dependsOnTime, dependsOnExit });
  });

  it.each<[text: string, facts: Partial<RowFacts>, expected: boolean]>([
    ["curl exit:0 uid:7 is:failed -cmd:wget", {}, true],
    ["user:zac", {}, false],
    ["user:zac", { username: "" }, true],
    ["workspace:docs curl", { workspace: "docs" }, true],
    ["workspace:docs curl", { workspace: "main" }, false],
    ["node:a", { node: undefined }, true],
    ["node:a", { node: "b" }, false],
    ["since:1h", { startMs: NOON - 2 * HOUR }, false],
    ["until:1h", { startMs: NOON - 2 * HOUR }, true],
  ])("keeps in %j a loss with %j: %j", (text, facts, expected) => {
    expect(compile(text).mayMatchLoss(rowWith(facts))).toBe(expected);
  });
});
