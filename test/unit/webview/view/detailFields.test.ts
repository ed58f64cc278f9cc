import { describe, expect, it } from "vitest";

import type { RecordedExec } from "../../../../protocol/recordedEvent.ts";
import { detailFields } from "../../../../webview/view/detailFields.ts";
import type { ExecRow } from "../../../../webview/worker/workerMessages.ts";

const exec = {
  gained: [],
  filename: "/bin/make",
  pid: 30,
  uid: 1000,
} as Partial<RecordedExec> as RecordedExec;

function endOf(row: Partial<ExecRow>): string | undefined {
  const fields = detailFields(exec, { startMs: 0, username: "jessie", workspace: "main", ...row } as ExecRow);
  return fields.find(({ name }) => name === "Ended")?.value;
}

describe("the end of a process in the details", () => {
  it.each<[Partial<ExecRow>, string | undefined]>([
    [{ running: true }, "still running"],
    [{ running: false }, undefined],
    [{ durationMs: 1_200, exitCode: 0 }, "after 1.2 s, exit 0"],
    [{ durationMs: 1_200, exitCode: 0, endedEarlier: true }, "after 1.2 s or less, exit 0"],
    [{ durationMs: 1_200, signalName: "SIGABRT" }, "after 1.2 s, SIGABRT"],
    [{ durationMs: 1_200, signalName: "SIGABRT", coreDumped: true }, "after 1.2 s, SIGABRT, core dumped"],
    [{ durationMs: 1_200 }, "after 1.2 s, became another program"],
    [{ exitCode: 1 }, "exit 1"],
  ])("%o", (row, text) => {
    expect(endOf(row)).toBe(text);
  });
});
