import { describe, expect, it } from "vitest";
import { sameContent } from "../../../../../webview/view/grid/sameContent.ts";
import type { ExecRow, Row } from "../../../../../webview/worker/workerMessages.ts";

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
  coreDumped: false,
  endedEarlier: false,
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

describe("sameContent", () => {
  it("knows a row that was told again, in parts and all", () => {
    expect(sameContent(ROW, structuredClone(ROW))).toBe(true);
  });

  it.each<readonly [string, Partial<ExecRow>]>([
    ["that has ended", { running: false, durationMs: 12, exitCode: 0 }],
    ["that got a badge", { badges: ["script", "nested"] }],
    ["with another badge in its place", { badges: ["memfd"] }],
    ["that came from elsewhere", { likelyFrom: { row: 4, command: "docker run" } }],
    ["that came from nowhere", { likelyFrom: undefined }],
    ["that was opened", { expanded: true }],
  ])("sees a row %s", (_, change) => {
    const changed: Row = { ...ROW, ...change };
    expect(sameContent(changed, ROW)).toBe(false);
    expect(sameContent(ROW, changed)).toBe(false);
  });

  it("knows a row that has got a further sibling, which nobody sees", () => {
    expect(sameContent({ ...ROW, positionInSet: 2, setSize: 4 }, ROW)).toBe(true);
  });

  it("knows none at first", () => {
    expect(sameContent(ROW, undefined)).toBe(false);
  });
});
