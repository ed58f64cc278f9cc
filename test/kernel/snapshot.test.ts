import { existsSync, readFileSync, writeFileSync } from "node:fs";

import { afterEach, beforeEach, expect, it } from "vitest";

import { describeKernel } from "./support/describeKernel.ts";
import { finished, startOutside, type TestCgroup } from "./support/testCgroup.ts";
import { TestPrograms } from "./support/testPrograms.ts";
import { TracedNode } from "./support/tracedNode.ts";

describeKernel("processes that run when tracing begins", () => {
  let node: TracedNode;
  let programs: TestPrograms;
  let workspace: TestCgroup;

  beforeEach(() => {
    programs = new TestPrograms();
    node = new TracedNode({ startLater: true });
    workspace = node.workspace("jessie", "main");
  });
  afterEach(async () => {
    await node.close();
    programs.remove();
  });

  it("are listed with their arguments and their parents, and are no execs", async () => {
    const child = workspace.start([
      "/bin/sh",
      "-c",
      "sh -c 'echo ready; read go; /bin/true later' inner; :",
      "outer",
    ]);
    child.stdout?.on("data", () => undefined);
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    node.startTracing();

    const { snapshot } = node.session;
    const [outer, inner] = ["outer", "inner"].map((name) =>
      snapshot.find(({ argv }) => argv.at(-1) === name),
    );
    expect(outer).toMatchObject({
      snapshot: true,
      pid: child.pid,
      ppid: process.pid,
      comm: "sh",
      argv: ["/bin/sh", "-c", "sh -c 'echo ready; read go; /bin/true later' inner; :", "outer"],
      lineage: "root",
      parentId: undefined,
      labels: { username: "jessie", workspace_name: "main" },
      cgroup: workspace.path,
    });
    expect(inner).toMatchObject({ lineage: "known", parentId: outer?.id, ppid: outer?.pid });
    expect(outer?.id).toBe(`${String(child.pid)}.${startNs(outer?.id)}.0`);
    expect(snapshot).toHaveLength(2);

    child.stdin?.end("go\n");
    await finished(child);
    expect(await node.exec("later")).toMatchObject({ lineage: "known", parentId: inner?.id, execNumber: 1 });
    await node.until("both have ended", () => node.exits.length === 3);
    expect(node.exits.map(({ id }) => id)).toEqual(expect.arrayContaining([outer?.id, inner?.id]));
    expect(node.execs).toHaveLength(1);
  });

  it("are listed with their own user and group", async () => {
    const ids = ["--reuid=64001", "--regid=64002", "--clear-groups"];
    const child = workspace.start(["setpriv", ...ids, "sh", "-c", "echo ready; read go; :"]);
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    node.startTracing();
    expect(node.session.snapshot).toMatchObject([{ pid: child.pid, uid: 64_001, gid: 64_002 }]);
    child.stdin?.end();
    await finished(child);
  });

  it("tell how deep their workspace lies, so that what is deeper is nested", async () => {
    const script =
      'echo 0 > "$0/cgroup.procs"; echo ready; read go; /bin/true plain; unshare --pid --fork /bin/true nested';
    const child = startOutside(["unshare", "--pid", "--fork", "sh", "-c", script, workspace.directory]);
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    node.startTracing();
    child.stdin?.end("go\n");
    await finished(child);
    expect(await node.exec("plain")).toMatchObject({ nested: false });
    expect(await node.lastExec("nested")).toMatchObject({ nested: true });
  });

  it("go on as exec number 1 when they exec", async () => {
    const child = workspace.start(["/bin/sh", "-c", "echo ready; read go; exec /bin/true next"]);
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    node.startTracing();
    const [process] = node.session.snapshot;
    child.stdin?.end("go\n");
    await finished(child);
    const exec = await node.exec("next");
    expect(exec.execNumber).toBe(1);
    expect(exec.id.replace(/1$/, "0")).toBe(process?.id);
  });

  it("are all listed, however many", async () => {
    const count = 1000;
    const child = workspace.start([programs.path("fork_many"), String(count)]);
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    node.startTracing();
    const running = readFileSync(`${workspace.directory}/cgroup.procs`, "utf8")
      .trim()
      .split("\n")
      .map(Number);
    const { snapshot } = node.session;
    expect(snapshot.map(({ pid }) => pid).sort(ascending)).toEqual(running.sort(ascending));
    expect(snapshot).toHaveLength(count + 1);
    child.stdin?.end();
    await finished(child);
    await node.until("all have ended", () => node.exits.length === count + 1, 30);
    expect(node.kernel.shared.processes).toBe(0n);
  });

  it("can't have the service read arguments without end, which cost them nothing", async () => {
    const gibibytes = "1000";
    const child = workspace.start([programs.path("endless_arguments"), gibibytes]);
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    node.startTracing();
    const [process] = node.session.snapshot;
    expect(process?.argv).toHaveLength(32_769);
    expect(process?.argv.at(-1)).toBe("…");
    child.stdin?.end();
    await finished(child);
  });

  it.skipIf(!existsSync("/dev/fuse"))(
    "can't have the service wait for ever for their arguments",
    async () => {
      writeFileSync(programs.file("never"), "");
      const child = workspace.start([programs.path("locked_arguments"), programs.file("never")]);
      await new Promise((resolve) => child.stdout?.once("data", resolve));
      const other = workspace.start(["/bin/sh", "-c", "echo ready; read go; :", "other"]);
      await new Promise((resolve) => other.stdout?.once("data", resolve));
      node.startTracing();
      const argumentsOf = (pid: number | undefined): readonly string[] | undefined =>
        node.session.snapshot.find((process) => process.pid === pid)?.argv;
      expect(argumentsOf(child.pid)).toEqual([]);
      expect(argumentsOf(other.pid)?.at(-1)).toBe("other");
      expect(node.diagnostics).toContainEqual(expect.objectContaining({ fields: { unread: 1 } }));
      child.stdin?.end();
      other.stdin?.end();
      await Promise.all([finished(child), finished(other)]);
    },
  );

  it("are not listed when they run outside of the scope", async () => {
    node.startTracing();
    await node.settle();
    expect(node.session.snapshot).toEqual([]);
  });
});

function startNs(id: string | undefined): string {
  return id?.split(".")[1] ?? "";
}

function ascending(a: number, b: number): number {
  return a - b;
}
