import { describe, expect, it } from "vitest";

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
    const { processes, exit, exec, ids } = live(2);
    for (const id of ["1.5.1", "2.6.1", "3.7.1", "4.8.1"]) expect(exec(id)).toBe(true);
    expect([ids().length, processes.omitted(seesAll)]).toEqual([2, 2]);
    exit("3.7.1");
    expect(processes.omitted(seesAll)).toBe(1);
  });

  it("tells of each namespace only to who may see it, also how many find no place", () => {
    const processes = new LiveProcesses(2, 10_000);
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
