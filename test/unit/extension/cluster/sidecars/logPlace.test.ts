import { describe, expect, it } from "vitest";
import { LogPlace } from "../../../../../extension/cluster/sidecars/logPlace.ts";

const T1 = "2026-01-02T03:04:05.1Z";
const T2 = "2026-01-02T03:04:05.2Z";
const T3 = "2026-01-02T03:04:06.3Z";

function read(place: LogPlace, ...lines: readonly (readonly [string, string])[]): readonly string[] {
  return lines.map(([stamp, line]) => place.take(stamp, line).type);
}

describe("LogPlace", () => {
  it("begins at the beginning, and then at the second of the last line", () => {
    const place = new LogPlace();
    expect(place.sinceTime).toBeUndefined();
    place.begin();
    expect(read(place, [T1, "a"], [T3, "b"])).toEqual(["new", "new"]);
    expect(place.sinceTime).toBe("2026-01-02T03:04:06Z");
  });

  it("tells lines that come again from new ones, also at the same time and with the same text", () => {
    const place = new LogPlace();
    place.begin();
    read(place, [T1, "a"], [T2, "b"], [T2, "b"]);
    place.begin();
    expect(read(place, [T1, "a"], [T2, "b"], [T2, "b"], [T2, "b"], [T2, "c"], [T3, "a"])).toEqual([
      ...["double", "double", "double"],
      ...["new", "new", "new"],
    ]);
  });

  it("takes nothing for a double once it has caught up", () => {
    const place = new LogPlace();
    place.begin();
    read(place, [T3, "a"]);
    place.begin();
    expect(read(place, [T3, "a"], [T3, "b"], [T1, "late"])).toEqual(["double", "new", "new"]);
  });

  it("sees that the log no longer has its place", () => {
    const place = new LogPlace();
    place.begin();
    read(place, [T1, "a"]);
    place.begin();
    expect(place.take(T3, "z")).toEqual({ type: "gap", lastMs: Date.parse(T1) });
    expect(read(place, [T3, "y"])).toEqual(["new"]);
  });

  it("keeps its place over a connection on which nothing came", () => {
    const place = new LogPlace();
    place.begin();
    read(place, [T1, "a"]);
    place.begin();
    place.begin();
    expect(read(place, [T1, "a"], [T2, "b"])).toEqual(["double", "new"]);
  });

  it("takes a line without a time as new", () => {
    expect(new LogPlace().take("rest", "of a line")).toEqual({ type: "new" });
  });
});
