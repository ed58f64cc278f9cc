import { describe, expect, it } from "vitest";
import { sameRow } from "../../../../webview/view/sameRow.ts";
import type { ExecRow, Row } from "../../../../webview/worker/workerMessages.ts";

const ROW: ExecRow = {
  type: "exec",
  id: 7,
  level: 2,
  positionInSet: 1,
  setSize: 3,
  expanded: undefined,
  context: false,
  username: "jessie",
  workspace: "main",
  command: "uname -a",
  became: false,
  badges: ["script"],
  gained: [],
  likelyFrom: { row: 3, command: "docker run" },
  running: true,
  failed: false,
  pid: 41,
  startMs: 1_000,
  durationMs: undefined,
  exitCode: undefined,
  signalName: undefined,
  uid: 1_000,
  euid: undefined,
  nsUid: undefined,
  cwd: "/home",
  node: "node-a",
  container: undefined,
  parentCommand: undefined,
  tty: undefined,
  loginUid: undefined,
  source: "kernel",
};

describe("sameRow", () => {
  it("knows a row that was told again, in parts and all", () => {
    expect(sameRow(ROW, structuredClone(ROW))).toBe(true);
  });

  it.each<readonly [string, Partial<ExecRow>]>([
    ["that has ended", { running: false, durationMs: 12, exitCode: 0 }],
    ["that got a badge", { badges: ["script", "nested"] }],
    ["with another badge in its place", { badges: ["memfd"] }],
    ["that came from elsewhere", { likelyFrom: { row: 4, command: "docker run" } }],
    ["that came from nowhere", { likelyFrom: undefined }],
    ["that was opened", { expanded: true }],
    ["that has a further sibling", { setSize: 4 }],
  ])("sees a row %s", (_, change) => {
    const changed: Row = { ...ROW, ...change };
    expect(sameRow(changed, ROW)).toBe(false);
    expect(sameRow(ROW, changed)).toBe(false);
  });

  it("knows none at first", () => {
    expect(sameRow(ROW, undefined)).toBe(false);
  });
});
