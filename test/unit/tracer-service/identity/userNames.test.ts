import { beforeEach, describe, expect, it } from "vitest";

import { UserNames } from "../../../../tracer-service/identity/userNames.ts";

describe("UserNames", () => {
  let users: Map<number, string>;
  let asked: number[];
  let postponed: number[];
  let nowMs: number;
  let takesMs: number;
  let names: UserNames;

  beforeEach(() => {
    users = new Map([[1000, "jessie"]]);
    asked = [];
    postponed = [];
    nowMs = 0;
    takesMs = 0;
    const lookUp = (uid: number): string | undefined => {
      asked.push(uid);
      nowMs += takesMs;
      return users.get(uid);
    };
    names = new UserNames(
      lookUp,
      (uid) => postponed.push(uid),
      () => nowMs,
    );
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

  it("spends a twentieth of the time on login uids that it was never asked for, and says so once a minute", () => {
    takesMs = 100;
    const begin = nowMs;
    for (let uid = 2_000; nowMs - begin < 200_000; uid++) {
      nowMs += 10;
      names.nameOfLogin(uid);
    }
    expect(asked.length * takesMs).toBeGreaterThan(0.9 * (200_000 / 20));
    expect(asked.length * takesMs).toBeLessThan(1.2 * (200_000 / 20));
    expect(postponed).toHaveLength(4);
  });

  it("gives a login uid its name as soon as it had time to ask, and a cgroup's at once", () => {
    takesMs = 300;
    expect(names.nameOfLogin(2_000)).toBeUndefined();
    expect(names.nameOfLogin(1000)).toBeUndefined();
    expect([asked, postponed]).toEqual([[2_000], [1000]]);
    nowMs += 2_001;
    expect(names.nameOfLogin(1000)).toBe("jessie");
    users.set(1001, "bob");
    expect(names.nameOf(1001)).toBe("bob");
    expect(names.nameOfLogin(1001)).toBe("bob");
  });

  it("forgets which uids have no names when a user has had it ask for very many, and keeps the names", () => {
    for (let uid = 0; uid < 70_000; uid++) names.nameOfLogin(uid);
    asked = [];
    names.nameOf(69_999);
    names.nameOf(999);
    names.nameOf(1000);
    expect(asked).toEqual([999]);
  });

  it("forgets names, too, where there are very many of them", () => {
    for (let uid = 0; uid < 70_000; uid++) users.set(uid, `user${String(uid)}`);
    for (let uid = 0; uid < 70_000; uid++) names.nameOfLogin(uid);
    asked = [];
    names.nameOf(69_999);
    names.nameOf(1000);
    expect(asked).toEqual([1000]);
  });

  it("calls a user by the same name while somebody makes up uids all day", () => {
    takesMs = 0.02;
    expect(names.nameOfLogin(1000)).toBe("jessie");
    const told = new Set<string | undefined>();
    for (let uid = 2_000; nowMs < 60_000; uid++) {
      nowMs += 0.1;
      names.nameOfLogin(uid);
      if (uid % 1_000 === 0) told.add(names.nameOfLogin(1000));
    }
    expect(asked.length).toBeGreaterThan(70_000);
    expect([...told]).toEqual(["jessie"]);
  });
});
