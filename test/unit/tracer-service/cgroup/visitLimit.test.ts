import { expect, it } from "vitest";

import { VisitLimit } from "../../../../tracer-service/cgroup/visitLimit.ts";

it("a search goes into so many cgroups of each workspace, and no further into one of them", () => {
  const visits = new VisitLimit();
  const gone = Array.from({ length: 5000 }, () => visits.mayGoBelow("/w/jessie"));
  expect(gone.indexOf(false)).toBe(1024);
  expect(gone.lastIndexOf(true)).toBe(1023);
  expect(visits.mayGoBelow("/w/robin")).toBe(true);
});
