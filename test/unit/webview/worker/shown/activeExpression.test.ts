import { expect, test } from "vitest";
import { ActiveExpression } from "../../../../../webview/worker/shown/activeExpression.ts";

test("keeps the expression before a wrong one, and tells what is wrong", () => {
  const active = new ActiveExpression(() => 0);
  expect(active.predicate).toBeUndefined();
  expect(active.set("cmd:curl")).toBeUndefined();
  const before = active.predicate;
  expect(before).toBeDefined();
  expect(active.set("pid:curl")).toMatchObject({ at: 4 });
  expect(active.predicate).toBe(before);
  expect(active.set(" ")).toBeUndefined();
  expect(active.predicate).toBeUndefined();
});

test("says that rows may match anew only when time counts", () => {
  const active = new ActiveExpression(() => 0);
  expect(active.advance()).toBe(false);
  active.set("cmd:curl");
  expect(active.advance()).toBe(false);
  active.set("since:10m");
  expect(active.advance()).toBe(true);
});
