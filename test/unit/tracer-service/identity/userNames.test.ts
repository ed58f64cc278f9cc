import { beforeEach, describe, expect, it } from "vitest";

import { UserNames } from "../../../../tracer-service/identity/userNames.ts";

describe("UserNames", () => {
  let users: Map<number, string>;
  let asked: number[];
  let nowMs: number;
  let takesMs: number;
  let names: UserNames;

  beforeEach(() => {
    users = new Map([[1000, "jessie"]]);
    asked = [];
    nowMs = 0;
    takesMs = 0;
    const lookUp = (uid: number): string | undefined => {
      asked.push(uid);
      nowMs += takesMs;
      return users.get(uid);
    };
    names = new UserNames(lookUp, () => nowMs);
  });

  it("asks once for what it is told again and again", () => {
    for (let i = 0; i < 100; i++)
      expect([1000, 1001].map((uid) => names.nameOf(uid))).toEqual(["jessie", undefined]);
    expect(asked).toEqual([1000, 1001]);
  });

  it("learns the name of a user that was made later", () => {
    expect(names.nameOf(1001)).toBeUndefined();
    users.set(1001, "bob");
    nowMs += 4_999;
    expect(names.nameOf(1001)).toBeUndefined();
    nowMs += 1;
    expect(names.nameOf(1001)).toBe("bob");
  });

  it("does not call a user by the name of one who had the uid before", () => {
    expect(names.nameOf(1000)).toBe("jessie");
    users.set(1000, "eve");
    nowMs += 60_000;
    expect(names.nameOf(1000)).toBe("eve");
  });

  it("spends a twentieth of the time on asking again, and goes by the old answer meanwhile", () => {
    const uids = Array.from({ length: 50 }, (_, index) => 2_000 + index);
    for (const uid of uids) names.nameOf(uid);
    takesMs = 1_000;
    asked = [];
    const begin = nowMs;
    while (nowMs - begin < 400_000) {
      nowMs += 10;
      expect(names.nameOf(1000)).toBe("jessie");
      for (const uid of uids) names.nameOf(uid);
    }
    expect(asked.length).toBeGreaterThan(10);
    expect(asked.length).toBeLessThan(25);
  });

  it("asks for a uid that it was never asked for, whatever that takes", () => {
    takesMs = 10_000;
    expect(names.nameOf(1001)).toBeUndefined();
    nowMs += 5_000;
    names.nameOf(1001);
    expect(names.nameOf(1000)).toBe("jessie");
  });
});
