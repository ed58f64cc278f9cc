import { describe, expect, it } from "vitest";

import { AccessControl } from "../../../../tracer-service/access/accessControl.ts";
import { TokenSight } from "../../../../tracer-service/access/tokenSight.ts";
import { settleSight } from "../../../../tracer-service/stream/sight.ts";
import { FakeReviews } from "./fakeReviews.ts";

async function setUp(...grants: string[]) {
  const reviews = new FakeReviews();
  reviews.tokens.set("good", "viewer");
  const grant = (...namespaces: string[]): void => void reviews.grants.set("viewer", new Set(namespaces));
  grant(...grants);
  const access = new AccessControl({ client: reviews, audience: "x", cacheMs: 0, nowMs: () => 0 });
  const known = await access.authenticate("good");
  if (known === undefined) throw new Error("refused");
  return { reviews, grant, sight: await TokenSight.open(access, known.user, "processes") };
}

describe("TokenSight", () => {
  it("sees what is granted, and knows nothing of what nobody asked for", async () => {
    const { sight } = await setUp("a");
    const visible = await settleSight(sight, ["a", "b", "b"]);
    expect(["a", "b", "c", undefined].map((each) => visible(each))).toEqual([true, false, false, false]);
    expect([sight.sees("c"), sight.sees(undefined), sight.all]).toEqual([undefined, false, false]);
    expect(sight.namespaces).toEqual(["a"]);
  });

  it("sees all, also what belongs to no namespace, and asks for none then", async () => {
    const { reviews, sight } = await setUp("*");
    const visible = await settleSight(sight, ["a", "b"]);
    expect(["a", "zzz", undefined].map((each) => visible(each))).toEqual([true, true, true]);
    expect(await sight.decide("c")).toBe(true);
    expect(reviews.asked).toEqual(["token good", "*"]);
  });

  it("tells of a check whether anything has changed", async () => {
    const { grant, sight } = await setUp("a");
    await settleSight(sight, ["a", "b"]);
    expect(await sight.check()).toBe(false);
    grant("a", "b");
    expect([await sight.check(), sight.sees("b")]).toEqual([true, true]);
    grant("b");
    expect([await sight.check(), sight.sees("a"), sight.sees("b")]).toEqual([true, false, true]);
  });

  it("forgets what it saw when all is taken away", async () => {
    const { grant, sight } = await setUp("*");
    grant();
    expect([await sight.check(), sight.all, sight.sees("a"), sight.sees(undefined)]).toEqual([
      ...[true, false, undefined, false],
    ]);
    grant("*");
    expect([await sight.check(), sight.sees("a")]).toEqual([true, true]);
  });

  it("rejects where nothing can be known, and keeps what it knew for who asks", async () => {
    const { reviews, sight } = await setUp("a");
    await settleSight(sight, ["a"]);
    reviews.down = true;
    await expect(sight.check()).rejects.toThrow(/ECONNREFUSED/);
    await expect(settleSight(sight, ["b"])).rejects.toThrow(/ECONNREFUSED/);
    expect(sight.sees("b")).toBeUndefined();
  });
});
