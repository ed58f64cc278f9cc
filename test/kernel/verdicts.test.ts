import { readlinkSync } from "node:fs";

import { afterAll, afterEach, beforeAll, expect, it } from "vitest";

import { CgroupTree } from "../../tracer-service/cgroup/cgroupTree.ts";
import { findHierarchies } from "../../tracer-service/cgroup/hierarchies.ts";
import { StaticProvider } from "../../tracer-service/identity/staticProvider.ts";
import { Workspace } from "../../tracer-service/identity/workspace.ts";
import type { KernelRecord } from "../../tracer-service/decode/kernelRecord.ts";
import { constants } from "../../tracer-service/kernel/layout.ts";
import { describeKernel } from "./support/describeKernel.ts";
import { finished, runOutside, type TestCgroup } from "./support/testCgroup.ts";
import { TracedNode } from "./support/tracedNode.ts";
import { useTestPrograms } from "./support/useTestPrograms.ts";

const CAPTURE = constants.FIRST_OWNER + 1;
const { IGNORED } = constants;

/** As deep as verdicts are looked for (bpf/scope.h). */
const SCOPE_LEVELS = 16;
const tree = new CgroupTree(findHierarchies().visible);

function keyOf(cgroup: TestCgroup): bigint {
  const [key] = tree.keysOf(cgroup.path);
  if (key === undefined) throw new Error(`there is no cgroup ${cgroup.path}`);
  return key;
}

describeKernel("verdicts", () => {
  let node: TracedNode;

  beforeAll(() => {
    node = new TracedNode();
  });
  afterAll(async () => {
    await node.close();
  });

  /** Whether an exec in the cgroup is logged. */
  async function isLogged(cgroup: TestCgroup, marker: string): Promise<boolean> {
    await cgroup.run(["/bin/true", marker]);
    await node.settle();
    return node.execs.some(({ argv }) => argv.includes(marker));
  }

  it.each([
    { name: "ignored in captured", verdicts: [IGNORED], logged: [false, false, false, false] },
    {
      name: "captured in ignored in captured",
      verdicts: [IGNORED, CAPTURE],
      logged: [false, true, true, true],
    },
    {
      name: "each of four levels",
      verdicts: [IGNORED, CAPTURE, IGNORED, CAPTURE],
      logged: [false, true, false, true],
    },
    {
      name: "two levels without a verdict between",
      verdicts: [IGNORED, undefined, CAPTURE],
      logged: [false, false, true, true],
    },
  ])("come from the nearest ancestor: $name", async ({ name, verdicts, logged }) => {
    const user = name.replaceAll(" ", "-");
    const below = ["a", "b", "c", "d"];
    const cgroups = below.map((_, i) => node.workspace(user, "main", ...below.slice(0, i + 1)));
    cgroups.forEach((cgroup, i) => {
      const verdict = verdicts[i];
      if (verdict !== undefined) node.kernel.setCgroupVerdict(keyOf(cgroup), verdict);
    });
    const seen: boolean[] = [];
    for (const [i, cgroup] of cgroups.entries()) seen.push(await isLogged(cgroup, `${user}-${String(i)}`));
    expect(seen).toEqual(logged);
    expect(await isLogged(node.workspace(user, "main"), `${user}-above`)).toBe(true);
  });

  it("count as deep as they are looked for, for what lies deeper, too", async () => {
    const names = Array.from({ length: SCOPE_LEVELS + 4 }, (_, index) => `level-${String(index + 4)}`);
    // The test's root, user and workspace are the levels 1 to 3.
    const cgroupAt = (level: number): TestCgroup =>
      node.workspace("deep", "main", ...names.slice(0, level - 3));
    const deepest = cgroupAt(SCOPE_LEVELS + 4);
    expect(await isLogged(deepest, "deep-captured")).toBe(true);
    node.kernel.setCgroupVerdict(keyOf(cgroupAt(SCOPE_LEVELS)), IGNORED);
    expect(await isLogged(deepest, "deep-ignored")).toBe(false);
    expect(await isLogged(cgroupAt(SCOPE_LEVELS), "deep-ignored-itself")).toBe(false);
    expect(await isLogged(cgroupAt(SCOPE_LEVELS - 1), "deep-above")).toBe(true);
  });

  it("change at once for all below, also for processes that run", async () => {
    const workspace = node.workspace("changing", "main");
    const below = node.workspace("changing", "main", "a", "b");
    const script = 'while read -r name; do /bin/true "$name"; echo done; done';
    const child = below.start(["/bin/sh", "-c", script]);
    const runNamed = async (name: string): Promise<void> => {
      const done = new Promise((resolve) => child.stdout?.once("data", resolve));
      child.stdin?.write(`${name}\n`);
      await done;
    };
    try {
      await runNamed("known");
      // Whose cgroups these are has been told by now: no verdict of the provider's own comes between.
      await node.exec("known");
      for (let round = 0; round < 20; round++) {
        await runNamed(`captured-${String(round)}`);
        node.kernel.setCgroupVerdict(keyOf(workspace), IGNORED);
        await runNamed(`ignored-${String(round)}`);
        node.kernel.setCgroupVerdict(keyOf(workspace), CAPTURE);
      }
      node.kernel.setCgroupVerdict(keyOf(below), IGNORED);
      await runNamed("ignored-below");
      node.kernel.clearCgroupVerdict(keyOf(below));
      await runNamed("captured-below");
    } finally {
      child.stdin?.end();
      await finished(child);
    }
    await node.settle();
    const seen = node.execsIn(workspace).map(({ argv }) => argv[1]);
    expect(seen.filter((name) => name?.startsWith("captured"))).toEqual([
      ...Array.from({ length: 20 }, (_, round) => `captured-${String(round)}`),
      "captured-below",
    ]);
    expect(seen.filter((name) => name?.startsWith("ignored"))).toEqual([]);
  });

  it("end with their cgroup", async () => {
    const cgroup = node.workspace("ending", "main", "x");
    node.kernel.setCgroupVerdict(keyOf(cgroup), IGNORED);
    expect(await isLogged(cgroup, "ending-ignored")).toBe(false);
    await cgroup.remove();
    expect(await isLogged(node.workspace("ending", "main", "x"), "ending-fresh")).toBe(true);
  });
});

describeKernel("the PID-namespace filter", () => {
  const programs = useTestPrograms();
  let node: TracedNode | undefined;

  afterEach(async () => {
    await node?.close();
    node = undefined;
  });

  it("captures a PID namespace and all nested in it, and nothing else", async () => {
    node = new TracedNode({
      kernel: { followPidNamespaces: true },
      // A look at any of the host's own namespaces would show this machine's other processes.
      provider: (kernel, tree) =>
        new StaticProvider(new Workspace({ username: "jessie" }, "static"), tree, kernel, () => []),
    });
    const { kernel } = node;
    const script = "echo ready; read -r go; /bin/true direct; unshare --pid --fork /bin/true nested; :";
    const shell = node
      .workspace("any", "any")
      .start(["unshare", "--pid", "--fork", "--kill-child", "/bin/sh", "-c", script]);
    const ended = finished(shell);
    await new Promise((resolve) => shell.stdout?.once("data", resolve));
    const link = readlinkSync(`/proc/${String(shell.pid)}/ns/pid_for_children`);
    const inode = Number(/\d+/.exec(link)?.[0]);
    kernel.followNamespace(inode, constants.FIRST_OWNER);
    shell.stdin?.write("go\n");
    await node.until(
      "the nested exec",
      // The program that makes the nested namespace has this argument, too, and runs before.
      () =>
        node?.execs.some(({ argv: [program, name] }) => program === "/bin/true" && name === "nested") ===
        true,
    );
    await runOutside(["/bin/true", "in-another-namespace"]);
    kernel.unfollowNamespace(inode);
    shell.stdin?.end();
    await ended;
    await node.stopTracing();

    const [direct, nested] = [
      await node.exec("direct"),
      node.execs.findLast(({ argv }) => argv.includes("nested")),
    ];
    expect(direct).toMatchObject({
      pidNamespace: inode,
      nested: false,
      labels: { username: "jessie" },
      attribution: "static",
    });
    expect(nested).toMatchObject({ nsPid: 1, nested: true });
    expect(nested?.pidNamespace).not.toBe(inode);
    expect(node.execs.map(({ argv }) => argv[0])).toEqual(["/bin/true", "unshare", "/bin/true"]);
  });

  /** A shell as the first process of a PID namespace of its own; what it reads from stdin it runs. */
  const startShell = async (workspace: TestCgroup, script: string) => {
    const shell = workspace.start([
      ...["unshare", "--pid", "--fork", "--kill-child"],
      ...["/bin/sh", "-c", `echo ready; read -r go; ${script}`],
    ]);
    const ended = finished(shell);
    await new Promise((resolve) => shell.stdout?.once("data", resolve));
    const link = readlinkSync(`/proc/${String(shell.pid)}/ns/pid_for_children`);
    return { inode: Number(/\d+/.exec(link)?.[0]), input: shell.stdin, ended };
  };

  const followingNode = (onRecord?: (record: KernelRecord) => void): TracedNode =>
    new TracedNode({
      ...(onRecord && { onRecord }),
      kernel: { followPidNamespaces: true },
      provider: (kernel, tree) =>
        new StaticProvider(new Workspace({ username: "jessie" }, "static"), tree, kernel, () => []),
    });

  it.each([
    { first: "forks and runs nothing", script: () => ":" },
    {
      first: "has threads that outlive its leader",
      script: () => `exec ${programs.path("exit_threads")} leader_first 3`,
    },
  ])(
    "forgets a namespace, whose number may be another's next, when its first process $first",
    async (one) => {
      node = followingNode();
      const { inode, input, ended } = await startShell(node.workspace("any", "any"), one.script());
      node.kernel.followNamespace(inode, constants.FIRST_OWNER);
      expect(node.kernel.followsNamespace(inode)).toBe(true);
      input?.end("go\n");
      await ended;
      expect(node.kernel.followsNamespace(inode)).toBe(false);
    },
  );

  it.each(["together", "leader_first"])(
    "is told that a namespace has ended when its first process has, whose threads end %s",
    async (how) => {
      const endedNamespaces: number[] = [];
      node = followingNode((record) => {
        if (record.type === "exit" && record.endedNamespace !== undefined)
          endedNamespaces.push(record.endedNamespace);
      });
      const script = `exec ${programs.path("exit_threads")} ${how} 3`;
      const { inode, input, ended } = await startShell(node.workspace("any", "any"), script);
      node.kernel.followNamespace(inode, constants.FIRST_OWNER);
      input?.end("go\n");
      await ended;
      await node.stopTracing();
      expect(endedNamespaces).toEqual([inode]);
    },
  );

  it("captures nothing in a cgroup that is ignored", async () => {
    node = followingNode();
    const cgroup = node.workspace("any", "any");
    const script = "/bin/true captured; read -r go; /bin/true ignored; :";
    const { inode, input, ended } = await startShell(cgroup, script);
    node.kernel.followNamespace(inode, constants.FIRST_OWNER);
    input?.write("go\n");
    await node.exec("captured");
    node.kernel.setCgroupVerdict(keyOf(cgroup), IGNORED);
    input?.end("go\n");
    await ended;
    await node.stopTracing();
    expect(node.execs.map(({ argv }) => argv[1])).toEqual(["captured"]);
  });

  it("still captures what processes run whose namespace's first process is ending", async () => {
    node = followingNode();
    const script = "/bin/true known; read -r go; /bin/true late; :";
    const { inode, input, ended } = await startShell(node.workspace("any", "any"), script);
    node.kernel.followNamespace(inode, constants.FIRST_OWNER);
    input?.write("go\n");
    await node.exec("known");
    node.kernel.unfollowNamespace(inode);
    input?.end("go\n");
    await ended;
    expect(await node.exec("late")).toMatchObject({ labels: { username: "jessie" } });
  });
});
