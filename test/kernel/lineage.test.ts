import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";

import { expect, it } from "vitest";

import type { ExecEvent } from "../../protocol/events.ts";
import { describeKernel } from "./support/describeKernel.ts";
import { finished, succeeded, type TestCgroup } from "./support/testCgroup.ts";
import type { TestPrograms } from "./support/testPrograms.ts";
import type { TracedNode } from "./support/tracedNode.ts";
import { useTracedWorkspace } from "./support/useTracedWorkspace.ts";

describeKernel("lineage", () => {
  let node: TracedNode;
  let programs: TestPrograms;
  let workspace: TestCgroup;

  useTracedWorkspace((traced) => {
    ({ node, programs, workspace } = traced);
  });

  function expectChild(child: ExecEvent, parent: ExecEvent): void {
    expect(child).toMatchObject({ lineage: "known", parentId: parent.id });
  }

  function makeFifo(name: string): string {
    const path = programs.file(name);
    spawnSync("mkfifo", [path]);
    return path;
  }

  it("begins with the first exec of a process that enters the cgroup", async () => {
    await workspace.run(["/bin/true", "entered"]);
    expect(await node.exec("entered")).toMatchObject({ lineage: "root", parentId: undefined, execNumber: 1 });
  });

  it("goes through subshells, which are no execs", async () => {
    await workspace.run(["/bin/sh", "-c", "( ( ( /bin/true subshell; : ) ; : ); : )", "subshells"]);
    expectChild(await node.exec("subshell"), await node.exec("subshells"));
  });

  it("gives all parts of a pipeline the same parent", async () => {
    await workspace.run(["/bin/sh", "-c", "/bin/echo part | /bin/cat - | /usr/bin/wc -l", "pipeline"]);
    await node.settle();
    const pipeline = await node.exec("pipeline");
    const parts = node.execs.filter(({ parentId }) => parentId === pipeline.id);
    expect(parts.map(({ argv }) => argv.join(" ")).sort()).toEqual([
      "/bin/cat -",
      "/bin/echo part",
      "/usr/bin/wc -l",
    ]);
  });

  it.each(["init", "subreaper"])("survives a double fork and setsid (reparented to %s)", async (reaper) => {
    const program = programs.path("double_fork");
    succeeded(await workspace.run([program, reaper, "/bin/true", `orphan-of-${reaper}`]));
    const orphan = await node.lastExec(`orphan-of-${reaper}`);
    const parent = node.execs.find(({ argv }) => argv[0] === program && argv[1] === reaper);
    if (parent === undefined) throw new Error("the parent was not logged");
    expectChild(orphan, parent);
    expect(orphan.sessionId).not.toBe(parent.sessionId);
    expect(orphan.ppid === parent.pid).toBe(reaper === "subreaper");
  });

  it("names the exec that the parent was at the fork, when it has exec'd again since", async () => {
    const fifo = makeFifo("again");
    const script =
      '(read -r go < "$1"; /bin/true forked-before) & exec /bin/sh -c "echo go > $1; /bin/true forked-after; :" second';
    await workspace.run(["/bin/sh", "-c", script, "first", fifo]);
    const [first, second] = [await node.exec("first"), await node.exec("second")];
    expect([first.execNumber, second.execNumber, second.pid]).toEqual([1, 2, first.pid]);
    expectChild(await node.exec("forked-before"), first);
    expectChild(await node.exec("forked-after"), second);
  });

  it("names the parent that ended before its child's exec", async () => {
    const fifo = makeFifo("ended");
    const script = '(read -r go < "$1"; exec /bin/true outlives) >&- 2>&- & :';
    const child = workspace.start(["/bin/sh", "-c", script, "short-lived", fifo]);
    child.stdin?.end();
    await finished(child);
    const parent = await node.exec("short-lived");
    await node.exit(parent);
    writeFileSync(fifo, "go\n");
    expectChild(await node.exec("outlives"), parent);
  });

  it("reaches from one cgroup of the workspace into another", async () => {
    const below = node.workspace("jessie", "main", "below");
    const script = '(echo 0 > "$1/cgroup.procs" && exec /bin/true in-cgroup-below)';
    await workspace.run(["/bin/sh", "-c", script, "in-cgroup", below.directory]);
    const child = await node.lastExec("in-cgroup-below");
    expectChild(child, await node.exec("in-cgroup"));
    expect(child.cgroup).toBe(below.path);
  });

  it("does not make a parent of a process outside of the scope", async () => {
    const script = 'sh -c "echo \\$\\$ > $0/cgroup.procs && exec /bin/true from-outside"; :';
    spawnSync("sh", ["-c", script, workspace.directory]);
    expect(await node.exec("from-outside")).toMatchObject({ lineage: "root", parentId: undefined });
  });

  it("tells two processes with one pid apart", async () => {
    const finishedReuse = await workspace.run([
      programs.path("reuse_pid"),
      "/bin/true",
      "had-pid",
      "has-pid",
    ]);
    const pid = Number(succeeded(finishedReuse));
    const [had, has] = [await node.lastExec("had-pid"), await node.lastExec("has-pid")];
    const executed = node.execs.filter((exec) => exec.pid === pid && exec.filename === "/bin/true");
    expect(executed.map(({ argv }) => argv[1])).toEqual(["had-pid", "has-pid"]);
    expect(executed.map(({ execNumber }) => execNumber)).toEqual([1, 1]);
    expect(had.id).not.toBe(has.id);
    expect(await node.exit(had)).toMatchObject({ pid, exitCode: 0 });
    expect(await node.exit(has)).toMatchObject({ pid, exitCode: 0 });
  });
});
