import { describe, expect, it } from "vitest";

import { TtlCache } from "../../../../tracer-service/access/ttlCache.ts";

describe("TtlCache", () => {
  it("knows an answer until its time is over", () => {
    const cache = new TtlCache<string>(10);
    cache.set("a", "yes", 100);
    expect([cache.get("a", 99), cache.get("a", 100), cache.size]).toEqual(["yes", undefined, 0]);
  });

  it("forgets the oldest when it is full, and a renewed one is the newest", () => {
    const cache = new TtlCache<number>(2);
    cache.set("a", 1, 100);
    cache.set("b", 2, 100);
    cache.set("a", 3, 100);
    cache.set("c", 4, 100);
    expect([cache.get("a", 0), cache.get("b", 0), cache.get("c", 0)]).toEqual([3, undefined, 4]);
  });
});
