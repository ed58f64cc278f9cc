import { randomInt } from "node:crypto";
import { mkdirSync } from "node:fs";
import { afterEach, expect, it } from "vitest";

import { constants } from "../../tracer-service/kernel/layout.ts";
import type { KernelTracerOptions } from "../../tracer-service/kernel/kernelTracer.ts";
import { PinDirectory } from "../../tracer-service/kernel/pinDirectory.ts";
import { AllKeepers } from "../../tracer-service/pipeline/allKeepers.ts";
import { encodeArgumentLists } from "./support/argumentLists.ts";
import { describeWhere, loginUidObstacle } from "./support/describeKernel.ts";
import { TestBpfFileSystem } from "./support/testBpfFileSystem.ts";
import { runOutside, succeeded } from "./support/testCgroup.ts";
import { TracedNode } from "./support/tracedNode.ts";
import { useTestPrograms } from "./support/useTestPrograms.ts";

/** No more than the burst comes while a test runs. */
const BUDGET = { perSecond: 1, burst: 200 };
const asLogin = 'echo "$0" > /proc/self/loginuid && exec "$@"';

describeWhere(loginUidObstacle, "a login uid beyond its budget", () => {
  const programs = useTestPrograms();
  const nodes: TracedNode[] = [];
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.close();
  });

  /** Uids that nobody has, so that nothing else on this machine comes into scope. */
  const first = randomInt(2_000_000_000, 2_100_000_000);
  const PLACES = constants.OWNERS - constants.FIRST_LOGIN_OWNER - 1;

  function trace(kernel: Partial<KernelTracerOptions> = {}): TracedNode {
    const labels = '{ username: "{user}", workspace_name: login }';
    const moreRules = `  - login_uid: ${String(first)}-${String(first + PLACES + 1)}\n    labels: ${labels}\n`;
    const before = nodes.at(-1);
    const node = new TracedNode({
      kernel: { budget: BUDGET, ...kernel },
      moreRules,
      ...(kernel.pins && { keeper: new AllKeepers([]) }),
      ...(before && { root: before.root }),
    });
    nodes.push(node);
    return node;
  }

  async function flood(uid: number, count: number): Promise<void> {
    const lists = Array.from({ length: count }, (_, index) => ["x", String(index)]);
    const argv = [programs.path("exec_list"), programs.path("nothing"), "spawner"];
    succeeded(
      await runOutside(["/bin/sh", "-c", asLogin, String(uid), ...argv], {
        input: encodeArgumentLists(lists),
      }),
    );
  }

  const countsOf = (uid: number): { logged: number; withheld: number } => ({
    logged: nodes
      .flatMap(({ execs }) => execs)
      .filter(({ loginUid, argv }) => loginUid === uid && argv[0] === "x").length,
    withheld: nodes
      .flatMap(({ losses }) => losses)
      .filter(
        ({ labels, reason, program }) =>
          labels["username"] === `user${String(uid)}` && reason === "over_budget" && program === "nothing",
      )
      .reduce((sum, { count }) => sum + count, 0),
  });

  it.each([
    ["low bits", PLACES + 1],
    ["place", PLACES],
  ])("is told what was withheld of it, and one with the same %s loses nothing", async (_, apart) => {
    const node = trace();
    await flood(first, 1_000);
    await flood(first + apart, 100);
    await node.settle();
    await node.stopTracing();
    const { logged, withheld } = countsOf(first);
    expect(withheld).toBeGreaterThan(500);
    expect(logged + withheld).toBe(1_000);
    expect(countsOf(first + apart)).toEqual({ logged: 100, withheld: 0 });
    expect(node.losses.filter(({ labels }) => labels["username"] === undefined)).toEqual([]);
  });

  it("is told so by a service that replaces the programs, too", async () => {
    const bpffs = new TestBpfFileSystem();
    let pins: PinDirectory | undefined;
    /** Ends the node before, and lets the next go on where it was. */
    const next = (kernel: Partial<KernelTracerOptions> = {}): TracedNode => {
      nodes.at(-1)?.session.finish();
      nodes.at(-1)?.kernel.close();
      pins?.close();
      pins = PinDirectory.open(bpffs.pinDirectory);
      return trace({ pins, ...kernel });
    };
    try {
      mkdirSync(bpffs.pinDirectory);
      const node = next();
      // The second can't have the place that the first has.
      await flood(first, 10);
      await node.settle();
      await node.session.stop();
      await flood(first + PLACES, 1_000);
      const replacing = next({ ringBytes: 8 * 1024 * 1024 });
      await replacing.until("all is told", () => {
        const { logged, withheld } = countsOf(first + PLACES);
        return logged + withheld === 1_000;
      });
      expect(countsOf(first + PLACES).withheld).toBeGreaterThan(500);
    } finally {
      for (const node of nodes.splice(0)) await node.close();
      pins?.close();
      bpffs.remove();
    }
  });
});
