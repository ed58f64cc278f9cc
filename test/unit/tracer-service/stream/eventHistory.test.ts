import { describe, expect, it } from "vitest";

import { EventHistory } from "../../../../tracer-service/stream/eventHistory.ts";
import type { KeptEvent } from "../../../../tracer-service/stream/keptEvent.ts";

const labels = [{ username: "jessie" }, { username: "robin" }];

function event(seq: number): KeptEvent {
  const type = (["exec", "exit", "lost"] as const)[seq % 3] ?? "exec";
  return {
    ...{ seq, timeNs: 1_700_000_000_000_000_000n + BigInt(seq), type },
    ...{
      labels: labels[seq % 2] ?? {},
      namespace: ["a", undefined][seq % 2],
      line: `{"seq":${String(seq)},"text":"ü€𝄞"}\n`,
    },
  };
}

function filled(count: number, maxEvents = 100_000, maxBytes = 1 << 30): EventHistory {
  const history = new EventHistory(maxEvents, maxBytes);
  for (let seq = 1; seq <= count; seq++) history.add(event(seq));
  return history;
}

async function all(history: EventHistory, from = history.oldestSeq): Promise<KeptEvent[]> {
  const events: KeptEvent[] = [];
  for (;;) {
    const part = await history.read(from + events.length);
    if (part.length === 0) return events;
    events.push(...part);
  }
}

describe("EventHistory", () => {
  it("gives back every event as it was, compressed or not", async () => {
    const history = filled(3000);
    const expected = Array.from({ length: 3000 }, (_, index) => event(index + 1));
    expect(await all(history)).toEqual(expected);
    expect(await all(history, 2500)).toEqual(expected.slice(2499));
  });

  it("takes far less room once compressed", () => {
    const count = 1024 * 20;
    const plainBytes = count * Buffer.byteLength(event(count).line);
    expect(filled(count).bytes).toBeLessThan(plainBytes / 4);
  });

  it("forgets the oldest when there are too many", async () => {
    const history = filled(5000, 2000);
    expect(history.oldestSeq).toBeGreaterThan(2000);
    expect(history.oldestSeq).toBeLessThanOrEqual(5000 - 2000 + 1024);
    expect((await all(history)).at(-1)?.seq).toBe(5000);
  });

  it("forgets the oldest when they take too many bytes", () => {
    const history = filled(5000, 100_000, 20_000);
    expect(history.oldestSeq).toBeGreaterThan(1);
  });

  it("has nothing before the first event", async () => {
    const history = filled(0);
    expect([history.oldestSeq, await history.read(1)]).toEqual([0, []]);
  });
});
