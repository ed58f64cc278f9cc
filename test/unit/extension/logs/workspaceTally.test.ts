import { describe, expect, it } from "vitest";

import { parseRecordedLine } from "../../../../protocol/parseRecordedEvent.ts";
import type { RecordedEvent } from "../../../../protocol/recordedEvent.ts";
import { WorkspaceTally } from "../../../../extension/logs/workspaceTally.ts";
import { LogLineFormatter } from "../../../../tracer-service/output/logLine.ts";
import { fixtureExec, fixtureExit, fixtureLost } from "../../tracer-service/output/fixtureEvents.ts";

const formatter = new LogLineFormatter({ node: "n", bootId: "b", maxLineBytes: undefined });

function add(tally: WorkspaceTally, ...events: Parameters<LogLineFormatter["format"]>[0][]): void {
  for (const event of events) {
    const line = formatter.format(event);
    tally.add(parseRecordedLine(line) as RecordedEvent, JSON.parse(line));
  }
}

describe("WorkspaceTally", () => {
  it("counts execs and losses, and takes the attribution from the line", () => {
    const tally = new WorkspaceTally();
    add(tally, fixtureExec({ attribution: "loginuid" }), fixtureExit(), fixtureLost({ count: 12 }));
    expect(tally.takeChanged()).toMatchObject([
      { execs: 1, lost: 12, attribution: "loginuid", lastCommand: "uname -a" },
    ]);
  });

  it("gives a workspace only after it has changed", () => {
    const tally = new WorkspaceTally();
    add(tally, fixtureExec());
    tally.takeChanged();
    expect(tally.takeChanged()).toEqual([]);
    add(tally, fixtureExec());
    expect(tally.takeChanged()).toMatchObject([{ execs: 2 }]);
  });

  it("shows the latest command, not the one that came last, and cuts it", () => {
    const tally = new WorkspaceTally();
    const { timeNs } = fixtureExec();
    add(tally, fixtureExec({ argv: ["a".repeat(1_000)] }), fixtureExec({ timeNs: timeNs - 1_000_000_000n }));
    expect(tally.takeChanged()[0]?.lastCommand).toBe(`${"a".repeat(255)}…`);
  });

  it("counts what it does not list", () => {
    const tally = new WorkspaceTally();
    const event = parseRecordedLine(formatter.format(fixtureExec())) as RecordedEvent;
    for (let i = 0; i < 50_003; i++) tally.add({ ...event, labels: { username: String(i) } }, { fields: {} });
    const states = tally.takeChanged();
    expect(states).toHaveLength(50_001);
    expect(states.at(-1)?.why).toMatch(/3 events/);
  });
});
