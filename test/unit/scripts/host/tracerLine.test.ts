import { describe, expect, it } from "vitest";
import { tracerLine } from "../../../../scripts/host/tracerLine.ts";

describe("tracerLine", () => {
  it.each([
    ["leaves out what only informs", '{"level":"info","time":"t","msg":"tracing"}', undefined],
    ["leaves out empty lines", "", undefined],
    [
      "shows a warning with its facts",
      '{"level":"warn","time":"t","msg":"left out","path":"/x"}',
      'tracer-service: left out: path="/x"',
    ],
    [
      "shows an error with its cause",
      '{"level":"error","time":"t","err":{"type":"Error","message":"disk full","stack":"…"},"msg":"tracing has failed"}',
      "tracer-service: tracing has failed: disk full",
    ],
    [
      "shows a line that is no JSON as it is",
      "tracer-service: the log is a folder",
      "tracer-service: the log is a folder",
    ],
    ["shows JSON that is no diagnostic as it is", "17", "17"],
  ])("%s", (_name, line, expected) => {
    expect(tracerLine(line)).toBe(expected);
  });
});
