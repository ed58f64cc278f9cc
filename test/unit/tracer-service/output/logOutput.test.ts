import { beforeEach, describe, expect, it } from "vitest";

import type { TracerEvent } from "../../../../protocol/events.ts";
import { LogOutput, type LogSink } from "../../../../tracer-service/output/logOutput.ts";
import { fixtureExec, fixtureExit, fixtureLost } from "./fixtureEvents.ts";

/** A sink in memory. */
class FakeSink implements LogSink {
  readonly lines: string[] = [];
  saturated = false;
  writable: Promise<void> = Promise.resolve();

  write(line: string): void {
    this.lines.push(line);
  }

  whenWritable(): Promise<void> {
    return this.writable;
  }
}

const formatter = { format: (event: TracerEvent): string => `${event.type} ${String(event.seq)}\n` };
const events: readonly TracerEvent[] = [
  fixtureExec({ seq: 1 }),
  fixtureExit({ seq: 2 }),
  fixtureLost({ seq: 3 }),
];

describe("LogOutput", () => {
  let sink: FakeSink;

  beforeEach(() => {
    sink = new FakeSink();
  });

  it.each([
    { logExits: true, lines: ["exec 1\n", "exit 2\n", "lost 3\n"] },
    { logExits: false, lines: ["exec 1\n", "lost 3\n"] },
  ])("writes execs and losses, and exits when asked to (logExits: $logExits)", ({ logExits, lines }) => {
    const output = new LogOutput(formatter, sink, logExits);
    for (const event of events) output.write(event);
    expect(sink.lines).toEqual(lines);
  });

  it("is saturated while its sink is", () => {
    const output = new LogOutput(formatter, sink, false);
    expect(output.saturated).toBe(false);
    sink.saturated = true;
    expect(output.saturated).toBe(true);
  });

  it("is writable when its sink is, and never when that never will be", async () => {
    const output = new LogOutput(formatter, sink, false);
    await expect(output.whenWritable()).resolves.toBeUndefined();
    sink.writable = Promise.reject(new Error("the reader is gone"));
    await expect(output.whenWritable()).rejects.toThrow("the reader is gone");
  });
});
