import { describe, expect, it } from "vitest";

import type { AccessRecord } from "../../../../tracer-service/access/accessRecord.ts";
import { StreamViewing } from "../../../../tracer-service/access/streamViewing.ts";
import type { KeptEvent } from "../../../../tracer-service/stream/keptEvent.ts";

const filter = (username: string) => ({ usernames: [username], workspaces: [] });
const event = (seq: number): KeptEvent => ({
  ...{ seq, timeNs: BigInt(seq * 10), type: "exec", labels: {}, namespace: "a", line: "" },
});

function setUp() {
  const records: AccessRecord[] = [];
  let nowMs = 0;
  const viewing = new StreamViewing({
    ...{ endpoint: "/v1/stream", query: "a=b" },
    viewer: { reader: { type: "tcp" }, claimedUser: "robin", from: "127.0.0.1:1" },
    sees: () => ["a"],
    log: { write: (record) => void records.push(record), refuse: () => undefined },
    nowMs: () => ++nowMs,
  });
  return { viewing, records };
}

describe("StreamViewing", () => {
  it("writes a begin and an end with what was told between", () => {
    const { viewing, records } = setUp();
    viewing.subscribed(filter("jessie"), 7);
    viewing.begin();
    viewing.told([event(9), event(8)]);
    viewing.told([event(12)]);
    viewing.closed(1001);
    expect(records).toMatchObject([
      { phase: "begin", filter: filter("jessie"), replayAfter: 7, sinceMs: 1, untilMs: undefined },
      {
        ...{ phase: "end", filter: filter("jessie"), sinceMs: 1, untilMs: 2, code: 1001, sees: ["a"] },
        told: { events: 3, firstNs: 80n, lastNs: 120n },
      },
    ]);
    expect(new Set(records.map((record) => record.viewing)).size).toBe(1);
  });

  it("takes each subscription for a viewing of its own, and none for a look at the workspaces", () => {
    const { viewing, records } = setUp();
    viewing.begin();
    viewing.subscribed(filter("jessie"), undefined);
    viewing.told([event(1)]);
    viewing.subscribed(filter("robin"), undefined);
    viewing.unsubscribed();
    viewing.unsubscribed();
    viewing.closed(1000);
    expect(records.map(({ phase, filter: of, told }) => [phase, of?.usernames[0], told?.events])).toEqual([
      ["begin", undefined, undefined],
      ["end", undefined, 0],
      ["begin", "jessie", undefined],
      ["end", "jessie", 1],
      ["begin", "robin", undefined],
      ["end", "robin", 0],
      ["begin", undefined, undefined],
      ["end", undefined, 0],
    ]);
  });

  it("ends nothing that has not begun", () => {
    const { viewing, records } = setUp();
    viewing.closed(1006);
    expect(records).toEqual([]);
  });
});
