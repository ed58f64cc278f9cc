import { describe, expect, it } from "vitest";

import { LogLineFormatter } from "../../../../tracer-service/output/logLine.ts";
import { LogOutput } from "../../../../tracer-service/output/logOutput.ts";
import { StreamOutput } from "../../../../tracer-service/stream/streamOutput.ts";
import { fixtureExec, fixtureExit } from "../output/fixtureEvents.ts";

const node = { node: "n", bootId: "b" };

function setUp(maxLineBytes: number | undefined, saturated = false) {
  const logged: string[] = [];
  const streamed: string[] = [];
  const sink = { write: (line: string) => void logged.push(line), saturated, whenWritable: () => stuck };
  const log = new LogOutput(new LogLineFormatter({ ...node, maxLineBytes }), sink, false);
  const hub = { write: (_: unknown, line?: string) => void streamed.push(line ?? "") };
  const whole = new LogLineFormatter({ ...node, maxLineBytes: undefined });
  return { logged, streamed, output: new StreamOutput(hub, whole, log), hub, whole };
}

const stuck = new Promise<void>(() => undefined);

describe("StreamOutput", () => {
  it("gives log and stream the same line", () => {
    const { logged, streamed, output } = setUp(undefined);
    output.write(fixtureExec());
    expect(logged).toHaveLength(1);
    expect(streamed).toEqual(logged);
  });

  it("shortens a line for the log only", () => {
    const { logged, streamed, output, whole } = setUp(4000);
    const event = fixtureExec({ argv: ["echo", "x".repeat(50_000)] });
    output.write(event);
    expect(streamed).toEqual([whole.format(event)]);
    expect(logged[0]).toBe(new LogLineFormatter({ ...node, maxLineBytes: 4000 }).format(event));
    expect(logged[0]?.length).toBeLessThanOrEqual(4000);
  });

  it("streams ends of processes that the log leaves out", () => {
    const { logged, streamed, output } = setUp(undefined);
    output.write(fixtureExit());
    expect([logged.length, streamed.length]).toEqual([0, 1]);
  });

  it("is saturated when the log is, and never without one", async () => {
    const { output, hub, whole } = setUp(undefined, true);
    expect(output.saturated).toBe(true);
    expect(output.whenWritable()).toBe(stuck);
    const alone = new StreamOutput(hub, whole, undefined);
    expect(alone.saturated).toBe(false);
    await alone.whenWritable();
  });
});
