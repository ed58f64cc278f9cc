import { describe, expect, it } from "vitest";

import { AccessControl } from "../../../../tracer-service/access/accessControl.ts";
import { FakeReviews, tokenUntil } from "./fakeReviews.ts";

const inNamespace = (namespace: string | undefined) =>
  ({ type: "processes", permission: "processes", namespace }) as const;

function setUp() {
  const reviews = new FakeReviews();
  reviews.tokens.set("good", "viewer");
  reviews.grants.set("viewer", new Set(["a"]));
  const time = { nowMs: 1_000_000 };
  const access = new AccessControl({
    ...{ client: reviews, audience: "processlogging.dev", cacheMs: 30_000, nowMs: () => time.nowMs },
  });
  const user = async () => {
    const known = await access.authenticate("good");
    if (known === undefined) throw new Error("refused");
    return known.user;
  };
  return { reviews, time, access, user };
}

describe("AccessControl", () => {
  it("asks once for as long as an answer counts, also when many ask at once", async () => {
    const { reviews, time, access } = setUp();
    await Promise.all(Array.from({ length: 20 }, () => access.authenticate("good")));
    time.nowMs += 29_999;
    await access.authenticate("good");
    expect(reviews.asked).toEqual(["token good"]);
    time.nowMs += 1;
    reviews.tokens.clear();
    expect(await access.authenticate("good")).toBeUndefined();
    expect(reviews.asked).toHaveLength(2);
  });

  it("lets nobody in by a no of before, once that is old", async () => {
    const { reviews, time, access } = setUp();
    expect(await access.authenticate("bad")).toBeUndefined();
    reviews.tokens.set("bad", "viewer");
    expect(await access.authenticate("bad")).toBeUndefined();
    time.nowMs += 10_000;
    expect(await access.authenticate("bad")).toMatchObject({ user: { username: "viewer" } });
  });

  it("decides on each namespace by itself", async () => {
    const { reviews, access, user } = setUp();
    const viewer = await user();
    const allows = (namespace: string | undefined): Promise<boolean> =>
      access.allows(viewer, inNamespace(namespace));
    expect([await allows("a"), await allows("b"), await allows(undefined)]).toEqual([true, false, false]);
    expect(await access.allows(viewer, { type: "path", path: "/metrics" })).toBe(false);
    await allows("a");
    expect(reviews.asked.slice(1)).toEqual(["a", "b", "*", "/metrics"]);
  });

  it("sees within the cache's time that a grant was taken away, and sooner that one was given", async () => {
    const { reviews, time, access, user } = setUp();
    const viewer = await user();
    expect(await access.allows(viewer, inNamespace("a"))).toBe(true);
    expect(await access.allows(viewer, inNamespace("b"))).toBe(false);
    reviews.grants.set("viewer", new Set(["b"]));
    time.nowMs += 10_000;
    expect(await access.allows(viewer, inNamespace("b"))).toBe(true);
    time.nowMs += 20_000;
    expect(await access.allows(viewer, inNamespace("a"))).toBe(false);
  });

  it("rejects while the API server is away, and remembers no error", async () => {
    const { reviews, access, user } = setUp();
    const viewer = await user();
    reviews.down = true;
    await expect(access.authenticate("other")).rejects.toThrow(/ECONNREFUSED/);
    await expect(access.allows(viewer, inNamespace("a"))).rejects.toThrow(/ECONNREFUSED/);
    reviews.down = false;
    expect(await access.allows(viewer, inNamespace("a"))).toBe(true);
  });

  it("refuses a token as soon as it expires, whatever is remembered", async () => {
    const { reviews, time, access } = setUp();
    const token = tokenUntil(1_010);
    reviews.tokens.set(token, "viewer");
    expect(await access.authenticate(token)).toMatchObject({ expiresMs: 1_010_000 });
    time.nowMs = 1_010_000;
    expect(await access.authenticate(token)).toBeUndefined();
    expect(reviews.asked).toHaveLength(1);
  });

  it("asks nobody about what is too long for a token", async () => {
    const { reviews, access } = setUp();
    expect(await access.authenticate("x".repeat(20_000))).toBeUndefined();
    expect(reviews.asked).toEqual([]);
  });
});
