import { describe, expect, it } from "vitest";

import { LogLineFormatter } from "../../../../tracer-service/output/logLine.ts";
import { EarlierNumbers } from "../../../../tracer-service/pipeline/earlierNumbers.ts";
import { fixtureExec, fixtureExit, fixtureLost } from "../output/fixtureEvents.ts";

const formatter = new LogLineFormatter({ node: "n", bootId: "b", maxLineBytes: undefined });

describe("EarlierNumbers", () => {
  it("tells exec and exit of one process apart, and each once", () => {
    const numbers = new EarlierNumbers();
    numbers.add(formatter.format(fixtureExec({ id: "1.2.1" })), 5);
    numbers.add(formatter.format(fixtureExit({ id: "1.2.1" })), 6);
    expect(numbers.take("exit", "1.2.1")).toBe(6);
    expect(numbers.take("exec", "1.2.1")).toBe(5);
    expect(numbers.take("exec", "1.2.1")).toBeUndefined();
  });

  it("is not misled by what a command line says", () => {
    const numbers = new EarlierNumbers();
    numbers.add(formatter.format(fixtureExec({ id: "1.2.1", argv: ['"exec_id":"6.6.6"'] })), 5);
    expect(numbers.take("exec", "6.6.6")).toBeUndefined();
    expect(numbers.take("exec", "1.2.1")).toBe(5);
  });

  it("takes losses, and what is no event, for nothing", () => {
    const numbers = new EarlierNumbers();
    numbers.add(formatter.format(fixtureLost({})), 5);
    numbers.add("{", 6);
    expect(numbers.take("exec", "")).toBeUndefined();
  });
});
