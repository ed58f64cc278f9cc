import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";

import { lookUpGroupId, lookUpUserName } from "../../../../tracer-service/kernel/libc.ts";

/** No host gives it to anybody. */
const NOBODYS_UID = 2_099_999_999;

/** Entries of this host's database, as the C library's own tool shows them: name and number of each. */
function entries(database: "passwd" | "group"): (readonly [name: string, id: number])[] {
  const text = execFileSync("getent", [database], { encoding: "utf8" });
  return text
    .trimEnd()
    .split("\n")
    .map((line) => line.split(":"))
    .map(([name = "", , id]) => [name, Number(id)]);
}

describe("lookUpUserName", () => {
  it("knows all users of the password database, by the first name that a uid has", () => {
    const names = new Map(entries("passwd").map(([, uid]) => [uid, lookUpUserName(uid)]));
    expect(names.get(0)).toBe("root");
    expect(names).toEqual(
      new Map(
        entries("passwd")
          .toReversed()
          .map(([name, uid]) => [uid, name]),
      ),
    );
  });

  it("knows none of a uid that has none", () => {
    expect(lookUpUserName(NOBODYS_UID)).toBeUndefined();
  });
});

describe("lookUpGroupId", () => {
  it("knows all groups of the group database", () => {
    const groups = entries("group");
    expect(groups).toContainEqual(["root", 0]);
    expect(groups.map(([name]) => [name, lookUpGroupId(name)])).toEqual(groups);
  });

  it("knows none that does not exist", () => {
    expect(lookUpGroupId("no-such-group-as-this")).toBeUndefined();
  });
});
