import { describe, expect, it } from "vitest";

import { FIGURE_GROUPS, parseBenchOptions, TRACER_GROUPS } from "../../../../bench/tracer/benchOptions.ts";

describe("parseBenchOptions", () => {
  it("measures the tracer's own groups, with the peers, when nothing is said", () => {
    expect(parseBenchOptions([])).toEqual({
      quick: false,
      all: false,
      long: false,
      peers: true,
      groups: TRACER_GROUPS,
      runs: undefined,
      dist: undefined,
    });
  });

  it("measures all groups when it is to", () => {
    expect(parseBenchOptions(["--all"]).groups).toEqual(FIGURE_GROUPS);
    expect(parseBenchOptions(["--all", "--only", "build"]).groups).toEqual(["build"]);
  });

  it("takes every flag", () => {
    const args = ["--quick", "--no-peers", "--only", "loss,wall", "--runs", "3", "--dist", "/builds/other"];
    expect(parseBenchOptions(args)).toEqual({
      quick: true,
      all: false,
      long: false,
      peers: false,
      groups: ["loss", "wall"],
      runs: 3,
      dist: "/builds/other",
    });
  });

  it.each([
    { args: ["--only", "speed"], says: /^--only: there is no group "speed": give some of steady,/ },
    { args: ["--runs", "0"], says: /^--runs: expected a whole number from 1 on, found "0"/ },
    { args: ["--fast"], says: /'--fast'/ },
  ])("says what is wrong with $args, and how to use it", ({ args, says }) => {
    expect(() => parseBenchOptions(args)).toThrow(says);
    expect(() => parseBenchOptions(args)).toThrow("usage: npm run bench");
  });
});
