import { expect, it } from "vitest";

import { CgroupMap } from "../../../../tracer-service/identity/cgroupMap.ts";

it("gives what was set last, however often it was asked for before", () => {
  const map = new CgroupMap<string>();
  expect(map.get(5n)).toBeUndefined();
  map.set(5n, "a");
  expect([map.get(5n), map.get(5n), map.has(5n)]).toEqual(["a", "a", true]);
  map.set(5n, "b");
  expect(map.get(5n)).toBe("b");
});

it("forgets what was deleted, also what was asked for last", () => {
  const map = new CgroupMap<string>();
  map.set(5n, "a");
  map.set(6n, "b");
  expect(map.get(5n)).toBe("a");
  expect([map.delete(5n), map.delete(5n)]).toEqual([true, false]);
  expect([map.get(5n), map.has(5n), map.get(6n)]).toEqual([undefined, false, "b"]);
  expect([...map]).toEqual([[6n, "b"]]);
});
