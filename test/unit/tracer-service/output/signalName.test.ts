import { describe, expect, it } from "vitest";
import { signalName } from "../../../../tracer-service/output/signalName.ts";

describe("signalName", () => {
  it.each<[number, string | undefined]>([
    [1, "SIGHUP"],
    [6, "SIGABRT"],
    [9, "SIGKILL"],
    [11, "SIGSEGV"],
    [15, "SIGTERM"],
    [32, undefined],
    [34, "SIGRTMIN"],
    [64, "SIGRTMIN+30"],
    [65, undefined],
    [0, undefined],
  ])("names %i %s", (signal, name) => {
    expect(signalName(signal)).toBe(name);
  });
});
