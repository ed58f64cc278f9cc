import { describe, expect, it } from "vitest";

import { findHierarchies, hierarchyNumber } from "../../../../tracer-service/cgroup/hierarchies.ts";

const text = "12:cpu,cpuacct:/\n8:pids:/user\n1:name=systemd:/init.scope\n0::/\n";

describe("hierarchyNumber", () => {
  it.each([
    ["pids", 8],
    ["cpu", 12],
    ["cpuacct", 12],
    ["memory", undefined],
    ["systemd", undefined],
  ])("finds the hierarchy of %s", (controller, number) => {
    expect(hierarchyNumber(text, controller)).toBe(number);
  });

  it.each(["", "\n", "8", "8:", "no numbers"])("finds none in %j", (broken) => {
    expect(hierarchyNumber(broken, "pids")).toBeUndefined();
  });
});

describe("findHierarchies", () => {
  it("finds each hierarchy of this machine once, under a number of its own", () => {
    const { visible, v1 } = findHierarchies();
    const numbers = visible.map(({ number }) => number);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const number of numbers) expect([0, v1?.hierarchy]).toContain(number);
  });
});
