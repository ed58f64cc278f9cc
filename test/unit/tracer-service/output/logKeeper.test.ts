import { expect, it } from "vitest";

import { LogKeeper } from "../../../../tracer-service/output/logKeeper.ts";

it("takes for kept what the sink has written", () => {
  const sink = { takenBytes: 0, pendingBytes: 0 };
  const keeper = new LogKeeper(sink);
  // A record without a line.
  keeper.mark(8n);
  expect(keeper.keptPosition).toBe(8n);
  sink.takenBytes = sink.pendingBytes = 100;
  keeper.mark(16n);
  keeper.mark(24n);
  sink.takenBytes = sink.pendingBytes = 150;
  keeper.mark(32n);
  expect(keeper.keptPosition).toBe(8n);
  sink.pendingBytes = 60;
  expect(keeper.keptPosition).toBe(8n);
  sink.pendingBytes = 50;
  expect(keeper.keptPosition).toBe(24n);
  sink.pendingBytes = 0;
  expect(keeper.keptPosition).toBe(32n);
});
