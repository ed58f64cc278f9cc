import { closeSync, mkdirSync } from "node:fs";
import { join } from "node:path";

import { afterEach, beforeEach, expect, it } from "vitest";

import { layout } from "../../tracer-service/kernel/layout.ts";
import { mapShared, pageBytes } from "../../tracer-service/kernel/libc.ts";
import { openLibbpf } from "../../tracer-service/kernel/libbpf.ts";
import { PinDirectory } from "../../tracer-service/kernel/pinDirectory.ts";
import { LAST_MAP, mapFile } from "../../tracer-service/kernel/pinnedObjects.ts";
import { AllKeepers } from "../../tracer-service/pipeline/allKeepers.ts";
import { describeKernel } from "./support/describeKernel.ts";
import { TestBpfFileSystem } from "./support/testBpfFileSystem.ts";
import { TracedNode } from "./support/tracedNode.ts";

let bpffs: TestBpfFileSystem;
let nodes: TracedNode[];
beforeEach(() => {
  bpffs = new TestBpfFileSystem();
  mkdirSync(bpffs.pinDirectory);
  nodes = [];
});
afterEach(async () => {
  for (const node of nodes) await node.close();
  bpffs.remove();
});

/** A node whose programs are pinned; its root is the first one's. */
function trace(options: { root?: string; ringBytes?: number } = {}): {
  node: TracedNode;
  pins: PinDirectory;
} {
  const pins = PinDirectory.open(bpffs.pinDirectory);
  const node = new TracedNode({
    kernel: { pins, ...(options.ringBytes !== undefined && { ringBytes: options.ringBytes }) },
    keeper: new AllKeepers([]),
    ...(options.root !== undefined && { root: options.root }),
  });
  nodes.push(node);
  return { node, pins };
}

async function stop({ node, pins }: ReturnType<typeof trace>): Promise<void> {
  await node.session.stop();
  node.session.finish();
  node.kernel.close();
  pins.close();
}

/** Makes the latest pins those of a version with another layout; with `processes`, of the process table, too. */
function changeLayout({ processes = false } = {}): void {
  const load = bpffs.loads.at(-1) ?? "";
  const fd = openLibbpf().openPinned(join(bpffs.pinDirectory, load, mapFile(LAST_MAP)));
  const mapping = mapShared(fd, pageBytes, 0, true);
  Buffer.from(mapping.buffer).fill(0xff, layout.reader_state.records, layout.reader_state.records + 32);
  Buffer.from(mapping.buffer).fill(
    0xff,
    layout.reader_state.fingerprint,
    layout.reader_state.fingerprint + 32,
  );
  if (processes) Buffer.from(mapping.buffer).writeUInt8(0xff, layout.reader_state.process_layout);
  mapping.unmap();
  closeSync(fd);
}

describeKernel("programs that a service has left pinned", () => {
  it("are gone on with: the process table and exec numbers stay", async () => {
    const first = trace();
    const workspace = first.node.workspace("jessie", "main");
    const shell = workspace.start(["/bin/sh", "-c", "read line; exec /bin/true last"]);
    await first.node.until("the shell runs", () => first.node.execs.length === 1);
    const [started] = first.node.execs;
    await stop(first);
    const second = trace({ root: first.node.root });
    expect(second.node.kernel.adopted).toBe(true);
    shell.stdin?.end("\n");
    await second.node.until("the shell has ended", () => second.node.exits.length === 1);
    const [last] = second.node.execs;
    expect(last).toMatchObject({ pid: started?.pid, execNumber: 2, seq: 2, argv: ["/bin/true", "last"] });
    await stop(second);
  });

  it.each([
    ["other settings", () => undefined],
    [
      "a version whose records have another layout",
      () => {
        changeLayout();
      },
    ],
  ])("of %s are replaced: exec numbers and ancestors stay", async (_, change) => {
    const first = trace();
    const workspace = first.node.workspace("jessie", "main");
    // The subshell has run no program of its own; it is killed with the test's cgroup.
    const script =
      "exec 3<&0; (read line <&3; /bin/true child; :) & read line <&3; /bin/true own; exec /bin/true last";
    const shell = workspace.start(["/bin/sh", "-c", `exec /bin/sh -c '${script}'`]);
    await first.node.until("the shell runs", () => first.node.execs.length === 2);
    const [, started] = first.node.execs;
    expect(started?.execNumber).toBe(2);
    await stop(first);
    change();
    const second = trace({ root: first.node.root, ringBytes: 2 * first.node.kernel.ring.sizeBytes });
    expect(second.node.kernel).toMatchObject({ adopted: false, unnumbered: 0 });
    shell.stdin?.end("\n\n");
    const ran = (argument: string) => second.node.execs.find(({ argv }) => argv[1] === argument);
    await second.node.until("all have run", () => ["own", "child", "last"].every(ran));
    expect(ran("own")).toMatchObject({ lineage: "known", parentId: started?.id });
    expect(ran("child")).toMatchObject({ lineage: "known", parentId: started?.id });
    expect(ran("last")).toMatchObject({ pid: started?.pid, execNumber: 3 });
    await stop(second);
  });

  it("of a version with another process table are replaced, and it is known that numbers begin anew", async () => {
    const first = trace();
    const workspace = first.node.workspace("jessie", "main");
    const shell = workspace.start(["/bin/sh", "-c", "read line; exec /bin/true last"]);
    await first.node.until("the shell runs", () => first.node.execs.length === 1);
    await stop(first);
    changeLayout({ processes: true });
    const second = trace({ root: first.node.root });
    expect(second.node.kernel.unnumbered).toBe("unknown");
    shell.stdin?.end("\n");
    await second.node.until("the shell has ended", () => second.node.exits.length === 1);
    expect(second.node.execs).toMatchObject([{ execNumber: 1, argv: ["/bin/true", "last"] }]);
    await stop(second);
  });

  it("of another layout are replaced, and their records counted", async () => {
    const first = trace();
    await stop(first);
    const workspace = first.node.workspace("jessie", "main");
    await workspace.run(["/bin/true"]);
    changeLayout();
    const second = trace({ root: first.node.root });
    expect(second.node.kernel.adopted).toBe(false);
    await second.node.until("the gap is told", () => second.node.losses.some(({ kind }) => kind === "cover"));
    // Two cgroups were made, and a program ran from exec to exit.
    expect(second.node.losses).toMatchObject([
      { kind: "exec", reason: "undecodable", count: 4 },
      { kind: "cover", reason: "replaced", count: 1 },
    ]);
    await workspace.run(["/bin/true", "after"]);
    await second.node.until("it is logged", () => second.node.execs.length === 1);
    await second.node.until("nothing is left of the first", () => bpffs.loads.length === 1);
    await stop(second);
  });

  it("are removed where their service did not come to pin all of them", async () => {
    mkdirSync(join(bpffs.pinDirectory, "1"));
    const only = trace();
    expect(bpffs.loads).toEqual(["1"]);
    expect(only.node.kernel).toMatchObject({ adopted: false, earlier: [] });
    expect(only.node.losses).toEqual([]);
    await stop(only);
  });

  it("tell what they lost once", async () => {
    const first = trace({ ringBytes: 65_536 });
    const workspace = first.node.workspace("jessie", "main");
    await stop(first);
    await workspace.sh("i=0; while [ $i -lt 500 ]; do i=$((i + 1)); /bin/true; done");
    const second = trace({ root: first.node.root, ringBytes: 65_536 });
    const lost = (node: TracedNode): number =>
      node.losses.filter(({ kind }) => kind === "exec").reduce((sum, { count }) => sum + count, 0);
    await second.node.until("all are told", () => second.node.execs.length + lost(second.node) >= 501);
    expect(second.node.execs.length + lost(second.node)).toBe(501);
    await stop(second);
    const third = trace({ root: first.node.root, ringBytes: 65_536 });
    await workspace.run(["/bin/true", "after"]);
    await third.node.until("it is logged", () => third.node.execs.length === 1);
    await stop(third);
    expect(third.node.losses).toEqual([]);
  });
});
