import { describe, expect, it } from "vitest";

import type { ExecEvent } from "../../../../protocol/events.ts";
import { RepeatedExecJson } from "../../../../tracer-service/output/repeatedJson.ts";
import { fixtureExec } from "./fixtureEvents.ts";

const BASE = fixtureExec({
  tty: "pts0",
  cgroup: "/a",
  loginUid: 1000,
  interpreter: "/bin/sh",
  image: "deleted",
});

/** Another value of the same type. */
function other(value: unknown): unknown {
  if (typeof value === "number") return value + 1;
  if (typeof value === "bigint") return value ^ 1n;
  if (typeof value === "boolean") return !value;
  if (typeof value === "string") return `${value}x`;
  if (value === undefined) return 7;
  return Array.isArray(value) ? [...(value as unknown[]), "setuid"] : value;
}

describe("the repeated parts of an exec's JSON", () => {
  it("are the same object for execs that differ in what changes from exec to exec", () => {
    const json = new RepeatedExecJson();
    const first = json.of(BASE);
    const next = { ...BASE, seq: 8, id: "1.2.3", pid: 9, tid: 9, ppid: 8, nsPid: 9, argv: ["x"], timeNs: 5n };
    expect(json.of(next)).toBe(first);
  });

  it.each(Object.keys(BASE) as (keyof ExecEvent)[])(
    "are those of the event itself when %s is another",
    (key) => {
      const json = new RepeatedExecJson();
      json.of(BASE);
      const changed = { ...BASE, [key]: other(BASE[key]) };
      expect(json.of(changed)).toEqual(new RepeatedExecJson().of(changed));
      expect(json.of(BASE)).toEqual(new RepeatedExecJson().of(BASE));
    },
  );

  it("are right when more have been seen than are remembered", () => {
    const json = new RepeatedExecJson();
    for (let i = 0; i < 3000; i++) {
      for (const sessionId of [1, 2, 3, 4, 5, 6]) {
        const event = fixtureExec({
          exe: `/bin/${String(i % 1000)}`,
          sessionId,
          filename: "x".repeat(i % 1500),
        });
        expect(json.of(event)).toEqual(new RepeatedExecJson().of(event));
      }
    }
  });
});
