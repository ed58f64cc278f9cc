import { describe, expect, it } from "vitest";

import type { AccessRecord, RefusedAccess } from "../../../../tracer-service/access/accessRecord.ts";
import { LINES_A_WINDOW, WINDOW_MS } from "../../../../tracer-service/output/lineLimit.ts";
import { AccessLineFormatter } from "../../../../tracer-service/output/accessLine.ts";
import { AccessOutput } from "../../../../tracer-service/output/accessOutput.ts";
import { FakeClock } from "../../extension/fakeClock.ts";

const record: AccessRecord = {
  ...{ phase: "begin", viewing: "v", endpoint: "/v1/stream", query: "", sees: "all", filter: undefined },
  ...{ replayAfter: undefined, sinceMs: 0, untilMs: undefined, told: undefined, code: undefined },
  viewer: { reader: { type: "unix", uid: 7 }, claimedUser: undefined, from: undefined },
};

function setUp({ saturated = false, sink = true } = {}) {
  const lines: string[] = [];
  const told: [object, string][] = [];
  const tell = (fields: object, message: string): void => void told.push([fields, message]);
  const clock = new FakeClock();
  const output = new AccessOutput({
    formatter: new AccessLineFormatter({ node: "node-1", bootId: "boot" }),
    sink: sink ? { saturated, write: (text) => void lines.push(text) } : undefined,
    ...{ log: { info: tell, warn: tell, error: tell }, clock },
  });
  const refuse = (count: number): void => {
    const refused: RefusedAccess = {
      ...{ endpoint: "/v1/stream", reader: undefined, claimedUser: undefined, from: undefined },
      ...{ status: 401, code: "unauthorized", why: "no token", atMs: clock.nowMs() },
    };
    for (let each = 0; each < count; each++) output.refuse(refused);
  };
  const withheld = (): (number | undefined)[] =>
    lines.map(
      (line) => (JSON.parse(line) as { fields: { access: { withheld?: number } } }).fields.access.withheld,
    );
  return { output, lines, told, clock, refuse, withheld };
}

describe("AccessOutput", () => {
  it("writes to the log", () => {
    const { output, lines, told } = setUp();
    output.write(record);
    expect({ lines, told }).toMatchObject({ lines: [expect.stringMatching(/"msg":"access"/)], told: [] });
  });

  it.each([
    ["there is no log", false],
    ["the log can't be written", true],
  ])("writes to the service's own messages where %s", (_name, sink) => {
    const { output, lines, told, refuse } = setUp({ saturated: true, sink });
    output.write(record);
    refuse(1);
    expect(lines).toEqual([]);
    expect(told).toMatchObject([
      [{ access: { phase: "begin" }, node: "node-1" }, "access"],
      [{ access: { phase: "refused" }, node: "node-1" }, "access"],
    ]);
  });

  it("tells what was withheld when the window ends, even if nobody comes any more", () => {
    const { clock, refuse, withheld } = setUp();
    refuse(LINES_A_WINDOW + 5);
    expect(withheld()).toHaveLength(LINES_A_WINDOW);
    clock.advance(WINDOW_MS);
    expect(withheld().slice(LINES_A_WINDOW)).toEqual([5]);
    expect(clock.pendingTimers).toBe(0);
    refuse(1);
    expect(withheld()).toHaveLength(LINES_A_WINDOW + 2);
  });

  it("tells what was withheld at its end, and leaves no timer", () => {
    const { output, clock, refuse, withheld } = setUp();
    refuse(LINES_A_WINDOW + 5);
    output.close();
    expect(withheld().at(-1)).toBe(5);
    expect(clock.pendingTimers).toBe(0);
  });
});
