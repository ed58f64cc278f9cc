import { expect, it } from "vitest";

import { programsAnEvent } from "../../tracer-service/kernel/hooks.ts";
import { describeKernel } from "./support/describeKernel.ts";
import { succeeded } from "./support/testCgroup.ts";
import { useTracedNode } from "./support/useTracedNode.ts";

const LOOPS = 4;
const EXECS = 500;
/** What may be left of refusals where the kernel preempts: programs that could not yet say that they are under way. */
const FEW = 3;
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

    // The kernel may preempt a program before it could say that it is under way: told, and of nobody.
    const refused = traced.losses.reduce((sum, { count }) => sum + count, 0);
    expect(new Set(traced.losses.map(({ reason }) => reason))).toEqual(
      new Set(refused > 0 ? ["recursion"] : []),
    );
    expect(refused).toBeLessThanOrEqual(programsAnEvent({}) === 1 ? 0 : FEW);
    const execs = traced.execsIn(workspace);
    let faults = 0;
    for (const name of names) {
      const told = execs.filter(({ argv }) => argv[0] === "/bin/true" && argv[1]?.startsWith(`${name}-`));
      const numbers = told.map(({ argv }) => Number(argv[1]?.slice(name.length + 1)));
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
      const [shell] = execs.filter(({ argv }) => argv.includes(name));
      const whole = told.filter(({ comm, parentId }) => comm === "sh" && parentId === shell?.id);
      faults += EXECS - whole.length;
    }
    const exits = traced.exits.filter(({ labels }) => labels["username"] === "jessie");
    faults += LOOPS * (EXECS + 1) - exits.length;
    // An exec that nobody knows of has no end either.
    expect(faults).toBeLessThanOrEqual(2 * refused);
  });
});
