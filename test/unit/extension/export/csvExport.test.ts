import { describe, expect, it } from "vitest";

import { CSV_HEADER, csvRecords } from "../../../../extension/export/csvExport.ts";
import { CsvRecords } from "../../../../extension/logs/csvRecords.ts";
import { LogLineFormatter } from "../../../../tracer-service/output/logLine.ts";
import { fixtureExec, fixtureExit, fixtureLost } from "../../tracer-service/output/fixtureEvents.ts";
import { sidecarLine } from "../logs/fixtureLines.ts";

const formatter = new LogLineFormatter({ node: "node-1", bootId: "b", maxLineBytes: undefined });

/** The cells that are not empty, by column. */
function rowsOf(csv: string): Record<string, string>[] {
  const records: (readonly string[])[] = [];
  const reader = new CsvRecords(1_000_000, {
    record: (fields) => records.push(fields),
    tooLong: () => {
      expect.unreachable();
    },
  });
  reader.push(csv);
  reader.end();
  const [header = [], ...rows] = records;
  return rows.map((row) => {
    expect(row).toHaveLength(header.length);
    const cells = header.map((name, i): [string, string] => [name, row[i] ?? ""]);
    return Object.fromEntries(cells.filter(([, cell]) => cell !== ""));
  });
}

describe("csvRecords", () => {
  it("makes a record of each kind of event", () => {
    const lines = [
      fixtureExec({ loginUid: 1000 }),
      fixtureExit({ exitCode: undefined, signal: 9 }),
      fixtureLost(),
    ];
    expect(
      rowsOf(CSV_HEADER + csvRecords(lines.map((event) => formatter.format(event)).join(""))),
    ).toMatchObject([
      {
        time: "2022-02-28T20:29:38.038Z",
        type: "exec",
        username: "jessie",
        workspace_name: "main",
        cmdline: "uname -a",
        pid: "920684",
        login_uid: "1000",
        truncated: "false",
        node: "node-1",
        seq: "7",
        exec_id: "920684.123456789012.1",
      },
      { type: "exit", signal: "SIGKILL", duration_ms: "1234.56789", pid: "920684" },
      { type: "lost", lost_kind: "exec", lost_reason: "ring_full", lost_count: "12" },
    ]);
  });

  it("leaves empty what the sidecar does not know", () => {
    const [row] = rowsOf(CSV_HEADER + csvRecords(`${sidecarLine()}\n`));
    expect(row).toMatchObject({ cmdline: "uname -a", comm: "bash" });
    expect(row).not.toHaveProperty("exec_id");
  });

  it("shows hostile text as text, in one line", () => {
    const argv = ['=cmd|"/c calc"!A1', "\r\n", "\u202e"];
    const csv = csvRecords(formatter.format(fixtureExec({ argv, filename: "@x", comm: "+y", cwd: "-z" })));
    expect(csv.indexOf("\r\n")).toBe(csv.length - 2);
    const [row] = rowsOf(CSV_HEADER + csv);
    expect(row).toMatchObject({ filename: "'@x", comm: "'+y", cwd: "'-z" });
    expect(row?.["cmdline"]).toContain("<U+202E>");
  });

  it("refuses a line that is no event, rather than leaving it out", () => {
    expect(() => csvRecords("hello\n")).toThrow(/no event/);
  });
});
