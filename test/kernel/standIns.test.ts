import { expect, it } from "vitest";

import { describeKernel } from "./support/describeKernel.ts";
import { succeeded } from "./support/testCgroup.ts";
import { useTracedNode } from "./support/useTracedNode.ts";

const LOOPS = 4;
const EXECS = 500;
/** Runs so many programs, each from a subshell of its own. */
const LOOP = `i=0; while [ $i -lt ${String(EXECS)} ]; do i=$((i + 1)); ( : ; exec /bin/true "$1-$i" ); done`;

describeKernel("the stand-ins of programs that may be preempted", () => {
  const startNode = useTracedNode();

  // More loops than CPUs: where the kernel preempts the programs, some are, in the middle of each other's work.
  it("do what the kernel refused to have done, and nothing twice", async () => {
    const traced = startNode({ kernel: { preemptible: true } });
    const workspace = traced.workspace("jessie", "main");
    const names = Array.from({ length: LOOPS }, (_, i) => `loop${String(i)}`);
    const loops = names.map((name) => workspace.run(["/bin/sh", "-c", LOOP, "sh", name]));
    for (const finished of await Promise.all(loops)) succeeded(finished);
    await traced.settle();
    await traced.stopTracing();

    const execs = traced.execsIn(workspace);
    for (const name of names) {
      const told = execs.filter(({ argv }) => argv[0] === "/bin/true" && argv[1]?.startsWith(`${name}-`));
      const expected = Array.from({ length: EXECS }, (_, i) => `${name}-${String(i + 1)}`);
      expect(told.map(({ argv }) => argv[1])).toEqual(expected);
      expect(new Set(told.map(({ comm }) => comm))).toEqual(new Set(["sh"]));
      const [shell] = execs.filter(({ argv }) => argv.includes(name));
      expect(new Set(told.map(({ parentId }) => parentId))).toEqual(new Set([shell?.id]));
    }
    expect(traced.losses).toEqual([]);
    expect(execs).toHaveLength(LOOPS * (EXECS + 1));
    const exits = traced.exits.filter(({ labels }) => labels["username"] === "jessie");
    expect(exits).toHaveLength(LOOPS * (EXECS + 1));
  });
});
