import { describe, expect, it } from "vitest";

import type { Labels } from "../../../../protocol/events.ts";
import { LiveProcesses } from "../../../../tracer-service/stream/liveProcesses.ts";
import { seesAll } from "../../../../tracer-service/stream/visibility.ts";

const labels = { username: "jessie" };
const others = { username: "robin" };

function live(maxEntries = 100) {
  const processes = new LiveProcesses(maxEntries, 10_000);
  return {
    processes,
    exec: (id: string, parentId?: string, of = labels) =>
      processes.exec({ id, pid: parseInt(id, 10), parentId, labels: of, namespace: "a", line: `${id}\n` }),
    exit: (id: string) => processes.exit(id, parseInt(id, 10), "a"),
    ids: () => processes.lines((each) => each === labels, seesAll).map((line) => line.trim()),
  };
}

describe("LiveProcesses", () => {
  it("tells the latest exec of each process, parents first", () => {
    const { exec, ids } = live();
    expect([exec("1.5.1"), exec("2.6.1", "1.5.1"), exec("2.6.2", "1.5.1")]).toEqual([true, true, false]);
    expect(ids()).toEqual(["1.5.1", "2.6.2"]);
  });

  it("keeps ended ancestors for as long as something alive hangs under them", () => {
    const { exit, exec, ids } = live();
    exec("1.5.1");
    exec("2.6.1", "1.5.1");
    exec("3.7.1", "2.6.1");
    expect([exit("1.5.1"), exit("2.6.1")]).toEqual([true, true]);
    expect(ids()).toEqual(["1.5.1", "2.6.1", "3.7.1"]);
    expect(exit("3.7.1")).toBe(true);
    expect(ids()).toEqual([]);
  });

  it("keeps an earlier exec of a process that others hang under", () => {
    const { exec, ids } = live();
    exec("1.5.1");
    exec("2.6.1", "1.5.1");
    exec("1.5.2");
    expect(ids()).toEqual(["1.5.1", "2.6.1", "1.5.2"]);
  });

  it("tells one pid's processes apart by their start", () => {
    const { exit, exec, ids } = live();
    exec("1.5.1");
    exit("1.5.1");
    expect(exec("1.9.1")).toBe(true);
    expect(ids()).toEqual(["1.9.1"]);
  });

  it("takes the same exec once, and the end of an unknown process for none", () => {
    const { exit, exec } = live();
    expect([exec("1.5.1"), exec("1.5.1"), exit("7.7.1")]).toEqual([true, false, false]);
  });

  it("leaves out what does not match", () => {
    const { exec, ids } = live();
    exec("1.5.1", undefined, others);
    exec("2.6.1", "1.5.1");
    expect(ids()).toEqual(["2.6.1"]);
  });

  it("counts the processes that find no place", () => {
    const { processes, exit, exec, ids } = live(4);
    for (const id of ["1.5.1", "2.6.1", "3.7.1", "4.8.1"]) expect(exec(id)).toBe(true);
    expect([ids().length, processes.omitted(seesAll)]).toEqual([2, 2]);
    exit("3.7.1");
    expect(processes.omitted(seesAll)).toBe(1);
  });

  it("leaves room to others, however many processes one has, or how long their lines are", () => {
    const processes = new LiveProcesses(1_000, 100_000);
    let pid = 0;
    const exec = (of: Labels, length: number): void => {
      const id = `${String(++pid)}.1.1`;
      processes.exec({
        id,
        pid,
        parentId: undefined,
        labels: of,
        namespace: undefined,
        line: "x".repeat(length),
      });
    };
    const kept = (of: Labels): number => processes.lines((each) => each === of, seesAll).length;
    for (let i = 0; i < 2_000; i++) exec(labels, 10);
    for (let i = 0; i < 100; i++) exec(others, 10);
    expect([kept(labels), kept(others)]).toEqual([500, 100]);
    const greedy = { username: "mallory" };
    for (let i = 0; i < 100; i++) exec(greedy, 10_000);
    for (let i = 0; i < 100; i++) exec(others, 10);
    expect(kept(greedy)).toBeLessThanOrEqual(5);
    expect(kept(others)).toBe(200);
  });

  it("gives back the room of what has ended", () => {
    const { processes, exec, exit } = live(4);
    for (let i = 1; i <= 100; i++) {
      exec(`${String(i)}.5.1`);
      exec(`${String(i)}.5.2`);
      exit(`${String(i)}.5.2`);
    }
    exec("101.5.1");
    expect(processes.omitted(seesAll)).toBe(0);
  });

  it("gives back the room of ended ancestors with the last that hung under them", () => {
    const { processes, exec, exit } = live(8);
    for (let pid = 1; pid <= 300; pid += 3) {
      const ids = [pid, pid + 1, pid + 2].map((each) => `${String(each)}.5.1`);
      ids.forEach((id, index) => exec(id, ids[index - 1]));
      ids.forEach(exit);
    }
    for (const id of ["301.5.1", "302.5.1", "303.5.1"]) exec(id);
    expect(processes.omitted(seesAll)).toBe(0);
  });

  it("keeps each exec of a process that something alive hangs under, and finds it", () => {
    const { exec, exit, ids } = live(1_000);
    // Each exec of the first process has a child that lives, and runs something else later.
    for (let i = 1; i <= 100; i++) {
      exec(`1.1.${String(i)}`);
      exec(`${String(i + 1)}.2.1`, `1.1.${String(i)}`);
    }
    for (let i = 1; i <= 100; i++) exec(`${String(i + 1)}.2.2`, `1.1.${String(i)}`);
    exit("1.1.100");
    expect(ids()).toHaveLength(200);
    for (let i = 1; i <= 100; i++) exit(`${String(i + 1)}.2.2`);
    expect(ids()).toEqual([]);
  });

  it("tells of each namespace only to who may see it, also how many find no place", () => {
    const processes = new LiveProcesses(4, 10_000);
    const seesB = (namespace: string | undefined): boolean => namespace === "b";
    for (const [index, namespace] of ["a", "b", "a", "b", undefined].entries()) {
      const id = `${String(index)}.1.1`;
      processes.exec({ id, pid: index, parentId: undefined, labels, namespace, line: `${id}\n` });
    }
    expect(processes.lines(() => true, seesB)).toEqual(["1.1.1\n"]);
    expect([processes.omitted(seesB), processes.omitted(seesAll)]).toEqual([1, 3]);
    expect(processes.exit("2.1.1", 2, "a")).toBe(true);
    expect([processes.omitted(seesB), processes.omitted(seesAll)]).toEqual([1, 2]);
  });
});
