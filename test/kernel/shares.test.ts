import { copyFileSync, mkdirSync } from "node:fs";
import { afterEach, expect, it, vi } from "vitest";

import { LocalProvider } from "../../tracer-service/identity/localProvider.ts";
import { PinDirectory } from "../../tracer-service/kernel/pinDirectory.ts";
import { AllKeepers } from "../../tracer-service/pipeline/allKeepers.ts";
import { encodeArgumentLists } from "./support/argumentLists.ts";
import { describeKernel } from "./support/describeKernel.ts";
import { JESSIE, newPod, startPodNode } from "./support/podNode.ts";
import { TestBpfFileSystem } from "./support/testBpfFileSystem.ts";
import { succeeded, type TestCgroup } from "./support/testCgroup.ts";
import type { TracedNode } from "./support/tracedNode.ts";
import { useTestPrograms } from "./support/useTestPrograms.ts";
import { useTracedNode } from "./support/useTracedNode.ts";

/** No more than the burst comes while a test runs: what is earned meanwhile can't be told in advance. */
const BUDGET = { perSecond: 1, burst: 200 };
/** As in `bpf/loss.h`. */
const LOSS_COUNTERS = 4096;
const NAMESPACES = 64;
/** Waits at the end of what it runs in, and says when all of it runs. */
const WAITING = "/bin/sleep 1000";

describeKernel("a workspace that fills what all workspaces share", () => {
  const programs = useTestPrograms();
  const trace = useTracedNode();
  let podNode: TracedNode | undefined;
  afterEach(async () => {
    vi.restoreAllMocks();
    await podNode?.close();
    podNode = undefined;
  });

  const lossesOf = (traced: TracedNode, username: string, reason: string) =>
    traced.losses.filter((loss) => loss.labels["username"] === username && loss.reason === reason);
  const sum = (losses: readonly { readonly count: number }[]): number =>
    losses.reduce((all, { count }) => all + count, 0);

  async function flood(workspace: TestCgroup, count: number): Promise<void> {
    const lists = Array.from({ length: count }, (_, index) => ["x", String(index)]);
    const argv = [programs.path("exec_list"), programs.path("nothing"), "spawner"];
    succeeded(await workspace.run(argv, { input: encodeArgumentLists(lists) }));
  }

  it("has counters of losses by cgroup and program as far as its share goes; others have theirs", async () => {
    const node = trace({ kernel: { budget: BUDGET } });
    const [mallory, jessie] = [node.workspace("mallory", "main"), node.workspace("jessie", "main")];
    const copies = Array.from({ length: 60 }, (_, index) => programs.file(`copy${String(index)}`));
    for (const copy of copies) copyFileSync(programs.path("nothing"), copy);
    const below = Array.from({ length: 80 }, (_, index) => `below${String(index)}`);
    const cgroups = below.map((name) => node.workspace("mallory", "main", name));
    // Each program in each cgroup, from a shell that goes through them.
    const script = 'd=$1; for c in $2; do echo 0 > "$d/$c/cgroup.procs"; for p in $3; do "$p"; done; done';
    succeeded(await mallory.sh(script, mallory.directory, below.join(" "), copies.join(" ")));
    await flood(jessie, 500);
    await node.settle();
    await node.until("it was told", () => lossesOf(node, "jessie", "over_budget").length > 0);
    await node.until("it was told", () => lossesOf(node, "mallory", "over_budget").length > 0);
    const logged = (username: string): number =>
      node.execs.filter(({ labels }) => labels["username"] === username).length;
    const executed = { mallory: 1 + copies.length * below.length, jessie: 1 + 500 };
    for (const [username, count] of Object.entries(executed)) {
      await node.until(
        `all of ${username}'s is told`,
        () => logged(username) + sum(lossesOf(node, username, "over_budget")) === count,
      );
    }

    const withheld = lossesOf(node, "jessie", "over_budget");
    expect(new Set(withheld.map(({ program }) => program))).toEqual(new Set(["nothing"]));
    expect(new Set(withheld.map(({ cgroup }) => cgroup))).toEqual(new Set([jessie.path]));
    const byProgram = lossesOf(node, "mallory", "over_budget").filter(({ program }) => program !== undefined);
    expect(byProgram.length).toBeGreaterThan(LOSS_COUNTERS / 2 - 50);
    expect(byProgram.length).toBeLessThanOrEqual(LOSS_COUNTERS / 2 + 8);

    // Counters of cgroups that are gone are free again, for whom they belonged to as well.
    for (const cgroup of cgroups) await cgroup.remove();
    await mallory.run(["/bin/true", "until-they-are-told"]);
    await node.settle();
    await node.until("they are freed", () => node.kernel.losses.forgotten > LOSS_COUNTERS / 2 - 50);
    const before = node.losses.length;
    await flood(mallory, 100);
    await node.until("it was told", () => node.losses.length > before);
    await node.stopTracing();
    const since = node.losses.slice(before).filter(({ reason }) => reason === "over_budget");
    expect(
      since.filter(({ program, cgroup }) => program === "nothing" && cgroup === mallory.path),
    ).not.toEqual([]);
    expect(since.filter(({ program }) => program === undefined)).toEqual([]);
  }, 120_000);

  it("has PID namespaces known as far as its share goes, and is told of more; others have theirs", async () => {
    const kernel = { followPods: true, namespaceLimit: NAMESPACES };
    const { node, pods } = startPodNode("kubepods", { kernel });
    podNode = node;
    const [mallory, jessie] = [newPod(), newPod()];
    const outside = node.cgroup("elsewhere");
    const [flooding, quiet] = [mallory, jessie].map(({ uid, id }) =>
      node.cgroup("kubepods", `pod${uid}`, id),
    );
    if (flooding === undefined || quiet === undefined) throw new Error("unreachable");
    pods.tell(mallory.uid, { ...JESSIE, "com.coder.user.username": "mallory" }, { [mallory.id]: "dev" });
    pods.tell(jessie.uid, JESSIE, { [jessie.id]: "dev" });
    for (const cgroup of [flooding, quiet]) await cgroup.run(["/bin/true", cgroup.path]);
    for (const cgroup of [flooding, quiet]) await node.exec(cgroup.path);

    const many = `i=0; while [ $i -lt 100 ]; do i=$((i + 1)); unshare --pid --fork ${WAITING} & done; wait`;
    flooding.start(["/bin/sh", "-c", many]);
    const waiting = () => node.execs.filter(({ nsPid, argv }) => nsPid === 1 && argv.join(" ") === WAITING);
    await node.until("all of them run", () => waiting().length === 100);
    const script = 'echo 0 > "$1/cgroup.procs"; /bin/true direct; :';
    await quiet.run(["unshare", "--pid", "--fork", "/bin/sh", "-c", script, "sh", outside.directory]);
    expect(await node.exec("direct")).toMatchObject({
      labels: { username: "jessie" },
      attribution: "pid_namespace",
      pod: { podUid: jessie.uid },
    });
    const known = Number(node.kernel.shared.namespaces);
    expect(known).toBeLessThanOrEqual(NAMESPACES / 2 + 2);
    const told = () => lossesOf(node, "mallory", "namespace_table_full");
    await node.until("those without a place are told", () => sum(told()) === 100 - known);
    expect(told()[0]).toMatchObject({ kind: "namespace", cgroup: undefined });
    expect(node.losses.length).toBe(told().length);

    await flooding.remove();
    await node.until("none is known any more", () => node.kernel.shared.namespaces === 0n);
  });

  it("has its PID namespaces counted once when the programs are replaced", async () => {
    const bpffs = new TestBpfFileSystem();
    const nodes: TracedNode[] = [];
    const { uid, id } = newPod();
    /** Ends the node before, and lets another one's programs take the place of its own. */
    const next = async (ringBytes: number): Promise<TracedNode> => {
      const before = nodes.at(-1);
      await before?.session.stop();
      before?.session.finish();
      before?.kernel.close();
      pins?.close();
      pins = PinDirectory.open(bpffs.pinDirectory);
      const started = startPodNode("kubepods", {
        kernel: { followPods: true, pins, ringBytes },
        keeper: new AllKeepers([]),
        ...(before && { root: before.root }),
      });
      nodes.push(started.node);
      started.pods.tell(uid, JESSIE, { [id]: "dev" });
      return started.node;
    };
    let pins: PinDirectory | undefined;
    try {
      mkdirSync(bpffs.pinDirectory);
      const first = await next(1024 * 1024);
      const cgroup = first.cgroup("kubepods", `pod${uid}`, id);
      await cgroup.run(["/bin/true", "known"]);
      await first.exec("known");
      // Its first process leaves the pod, so that no snapshot can tell whose it is.
      const script = 'echo 0 > "$1/cgroup.procs"; read -r go; /bin/true later; :';
      const outside = first.cgroup("elsewhere");
      const argv = ["unshare", "--pid", "--fork", "/bin/sh", "-c", script, "waiting", outside.directory];
      const child = cgroup.start(argv);
      await first.exec("waiting");
      await first.until("it is known", () => first.kernel.shared.namespaces === 1n);
      const second = await next(2 * 1024 * 1024);
      expect(second.kernel).toMatchObject({ adopted: false });
      expect(second.kernel.shared.namespaces).toBe(1n);
      child.stdin?.end("go\n");
      expect(await second.exec("later")).toMatchObject({
        attribution: "pid_namespace",
        pod: { podUid: uid },
      });
      await second.until("none is known any more", () => second.kernel.shared.namespaces === 0n);
    } finally {
      for (const each of nodes) await each.close();
      pins?.close();
      bpffs.remove();
    }
  });

  it("has cgroups that were not announced remembered as far as its share goes; others have theirs", async () => {
    const made = vi.spyOn(LocalProvider.prototype, "cgroupMade");
    const removed = vi.spyOn(LocalProvider.prototype, "cgroupRemoved");
    const node = trace({ kernel: { budget: BUDGET } });
    const [mallory, jessie] = [node.workspace("mallory", "main"), node.workspace("jessie", "main")];
    succeeded(await mallory.sh('cd "$1"; seq 17000 | xargs mkdir', mallory.directory));
    const churn = 'cd "$1"; seq -f churn-%g 30 | xargs mkdir; seq -f churn-%g 30 | xargs rmdir';
    succeeded(await jessie.sh(churn, jessie.directory));
    await node.settle();
    await node.stopTracing();
    const ended = new Set(removed.mock.calls.map(([key]) => key));
    const announced = made.mock.calls.flatMap(([{ cgroupKey, name }]) =>
      name.startsWith("churn-") ? cgroupKey : [],
    );
    expect(announced.length).toBeGreaterThanOrEqual(5);
    expect(announced.length).toBeLessThan(30);
    expect([...ended].sort()).toEqual(announced.sort());
  }, 120_000);
});
