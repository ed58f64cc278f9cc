import { chownSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";

import { LocalProvider } from "../../tracer-service/identity/localProvider.ts";
import { defaultBudget } from "../../tracer-service/kernel/execBudget.ts";
import { constants } from "../../tracer-service/kernel/layout.ts";
import { describeKernel } from "./support/describeKernel.ts";
import { runOutside, succeeded, type TestCgroup } from "./support/testCgroup.ts";
import type { TracedNode } from "./support/tracedNode.ts";
import { useTestPrograms } from "./support/useTestPrograms.ts";
import { useTracedNode } from "./support/useTracedNode.ts";

/** Twenty notices at once, and one a second. */
const BUDGET = { perSecond: 1, burst: 200 };
const KIB = 1024;

describeKernel("a workspace that makes and removes cgroups all day", () => {
  const programs = useTestPrograms();
  const trace = useTracedNode();
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** Makes and removes cgroups in a workspace, by itself. */
  const churn = (workspace: TestCgroup, count: number): Promise<string> =>
    workspace
      .run([programs.path("make_cgroups"), "empty", join(workspace.directory, "churn-"), String(count)])
      .then(succeeded);
  const withheld = (traced: TracedNode, username: string): number =>
    traced.losses
      .filter(({ labels, reason }) => labels["username"] === username && reason === "over_cgroup_budget")
      .reduce((sum, { count }) => sum + count, 0);

  it("leaves the ring to others, and is told how many were not announced", async () => {
    const node = trace({ kernel: { budget: defaultBudget(1), ringBytes: 256 * KIB } });
    const [mallory, jessie] = [node.workspace("mallory", "main"), node.workspace("jessie", "main")];
    await mallory.run(["/bin/true", "known"]);
    await node.exec("known");
    // Nothing is read meanwhile: what finds no place in the ring is lost.
    node.hold();
    await churn(mallory, 20_000);
    await jessie.sh('i=0; while [ $i -lt 100 ]; do i=$((i + 1)); /bin/true "quiet-$i"; done');
    expect(node.kernel.ring.pendingBytes).toBeLessThan(230 * KIB);
    node.release();
    await node.settle();
    await node.until("that was told", () => withheld(node, "mallory") > 0);
    await node.stopTracing();
    const quiet = node.execs.filter(({ argv }) => argv[1]?.startsWith("quiet-"));
    expect(quiet).toHaveLength(100);
    expect(node.losses.map(({ kind, reason }) => `${kind} ${reason}`)).toEqual(["cgroup over_cgroup_budget"]);
    // A thousand are announced at once, and a hundred a second.
    expect(withheld(node, "mallory")).toBeGreaterThan(10_000);
    expect(withheld(node, "mallory")).toBeLessThanOrEqual(19_000);
  });

  it("has what it runs in the others told all the same, without their path", async () => {
    const node = trace({ kernel: { budget: BUDGET } });
    const mallory = node.workspace("mallory", "main");
    await mallory.run(["/bin/true", "known"]);
    await node.exec("known");
    const argv = [programs.path("make_cgroups"), "remove", join(mallory.directory, "c"), "50"];
    succeeded(await mallory.run([...argv, programs.path("nothing")]));
    await node.settle();
    await node.stopTracing();
    const ran = node.execs.filter(({ argv: [program] }) => program === programs.path("nothing"));
    expect(ran.map(({ labels }) => labels["username"])).toEqual(Array.from({ length: 50 }, () => "mallory"));
    const named = ran.filter(({ argv, cgroup }) => cgroup === `${mallory.path}/${String(argv[1])}`);
    const unnamed = ran.filter(({ cgroup }) => cgroup === undefined);
    expect(named.length).toBeGreaterThanOrEqual(10);
    // One that lives long enough is found in the file system.
    expect(unnamed.length).toBeLessThanOrEqual(withheld(node, "mallory"));
    expect([named.length + unnamed.length, unnamed.length > 0]).toEqual([50, true]);
  });

  it("has as many removals told as cgroups, so that nothing is kept of those that are gone", async () => {
    const made = vi.spyOn(LocalProvider.prototype, "cgroupMade");
    const removed = vi.spyOn(LocalProvider.prototype, "cgroupRemoved");
    const node = trace({ kernel: { budget: BUDGET } });
    const mallory = node.workspace("mallory", "main");
    await mallory.run(["/bin/true", "known"]);
    await node.exec("known");
    await churn(mallory, 500);
    await node.settle();
    await node.stopTracing();
    const ended = new Set(removed.mock.calls.map(([key]) => key));
    const announced = made.mock.calls.map(([{ cgroupKey, name }]) => ({ cgroupKey, name }));
    const churned = announced.filter(({ name }) => name.startsWith("churn-"));
    expect(churned.length).toBeGreaterThanOrEqual(10);
    expect(churned.length + withheld(node, "mallory")).toBe(500);
    expect([...ended].sort()).toEqual(churned.map(({ cgroupKey }) => cgroupKey).sort());
  });

  it("does not get more outside of every workspace, where root does", async () => {
    const node = trace({ kernel: { budget: BUDGET } });
    // The parent of workspaces is nobody's, and may have been handed to a user.
    const [home, other] = [node.cgroup("mallory"), node.cgroup("jessie")];
    chownSync(home.directory, 65_534, 65_534);
    const script = 'i=0; while [ $i -lt 50 ]; do i=$((i + 1)); mkdir "$1/$i"; rmdir "$1/$i"; done';
    const shell = ["/bin/sh", "-c", script, "sh"];
    succeeded(await runOutside([...shell, other.directory]));
    await node.settle();
    expect(node.losses).toEqual([]);
    succeeded(await runOutside(["setpriv", "--reuid=65534", "--clear-groups", ...shell, home.directory]));
    await node.until("it was withheld", () => node.losses.length !== 0);
    await node.stopTracing();
    const lost = node.losses.reduce((sum, { count }) => sum + count, 0);
    expect([lost > 20, lost <= 40]).toEqual([true, true]);
    expect(node.losses[0]).toMatchObject({ kind: "cgroup", reason: "over_cgroup_budget", labels: {} });
  });

  it("is known by its path where there is no room for more verdicts", async () => {
    const node = trace({ kernel: { budget: BUDGET } });
    for (let id = 0n; id < 17_000n; id++) node.kernel.setCgroupVerdict((1n << 47n) + id, constants.IGNORED);
    await node.workspace("mallory", "main").run(["/bin/true", "beyond"]);
    expect(await node.exec("beyond")).toMatchObject({ labels: { username: "mallory" } });
    expect(node.losses).toEqual([]);
  });
});
