import { readlinkSync, writeFileSync } from "node:fs";

import { afterAll, beforeAll, expect, it } from "vitest";

import type { ExecEvent } from "../../protocol/events.ts";
import { describeKernel } from "./support/describeKernel.ts";
import { finished, succeeded, type TestCgroup } from "./support/testCgroup.ts";
import { TracedNode } from "./support/tracedNode.ts";

/** As many ranges as the kernel takes in one map (user_namespaces(7)). */
const MOST_RANGES = 340;

describeKernel("ids in namespaces", () => {
  let node: TracedNode;
  let workspace: TestCgroup;

  beforeAll(() => {
    node = new TracedNode();
    workspace = node.workspace("jessie", "main");
  });
  afterAll(async () => {
    await node.close();
  });

  /** Runs a program as host uid and gid `id`, in a user namespace with this map of users, and of groups. */
  async function runMapped(map: string, id: number, marker: string, groups = map): Promise<ExecEvent> {
    const ids = [`--reuid=${String(id)}`, `--regid=${String(id)}`, "--clear-groups"];
    const script = 'echo ready; read -r go; exec "$@"';
    const shell = ["unshare", "--user", "sh", "-c", script, "sh", "/bin/true", marker];
    const child = workspace.start(["setpriv", ...ids, ...shell]);
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    writeFileSync(`/proc/${String(child.pid)}/uid_map`, map);
    writeFileSync(`/proc/${String(child.pid)}/gid_map`, groups);
    child.stdin?.end("go\n");
    await finished(child);
    return await node.lastExec(marker);
  }

  it("are the host's and the process's own", async () => {
    const exec = await runMapped("0 101000 65536\n", 102_000, "mapped", "5 101998 10\n");
    expect(exec).toMatchObject({ uid: 102_000, gid: 102_000, euid: 102_000, nsUid: 1000, nsGid: 7 });
  });

  it("are unknown where the namespace maps no such id", async () => {
    const exec = await runMapped("0 101000 1000\n", 102_000, "unmapped");
    expect(exec).toMatchObject({ uid: 102_000, nsUid: undefined, nsGid: undefined });
  });

  it("are the same in the host's namespace, for the highest id too", async () => {
    const highest = 0xffff_fffe;
    succeeded(
      await workspace.run([
        "setpriv",
        `--reuid=${String(highest)}`,
        "--clear-groups",
        "/bin/true",
        "highest",
      ]),
    );
    expect(await node.lastExec("highest")).toMatchObject({ uid: highest, nsUid: highest, gid: 0, nsGid: 0 });
  });

  it.each([1, 2, 5, 6, 7, 100, MOST_RANGES])("are found in a map of %i ranges", async (count) => {
    // Ranges of two ids, in an order that is neither the inner nor the outer ids'; the map must fit into a page.
    const ranges = Array.from({ length: count }, (_, i) => ({
      inner: 3 * i,
      outer: 1000 + 3 * ((i * 11) % count),
    }));
    const map = ranges.map(({ inner, outer }) => `${String(inner)} ${String(outer)} 2\n`).join("");
    const picked = ranges.filter((_, i) => i === 0 || i === count - 1 || i === count >> 1);
    for (const { inner, outer } of picked) {
      const marker = `ranges-${String(count)}-${String(outer)}`;
      expect(await runMapped(map, outer + 1, marker)).toMatchObject({ uid: outer + 1, nsUid: inner + 1 });
      expect(await runMapped(map, outer + 2, `${marker}-beyond`)).toMatchObject({
        uid: outer + 2,
        nsUid: undefined,
      });
    }
  });

  it("include the pid", async () => {
    await workspace.run([
      "unshare",
      "--pid",
      "--fork",
      "/bin/sh",
      "-c",
      "/bin/true in-pid-namespace; :",
      "first",
    ]);
    const [first, second] = [await node.lastExec("first"), await node.exec("in-pid-namespace")];
    expect(first).toMatchObject({ nsPid: 1, nested: true });
    expect(second).toMatchObject({
      nsPid: 2,
      nested: true,
      pidNamespace: first.pidNamespace,
      parentId: first.id,
    });
    expect(second.pid).not.toBe(second.nsPid);
    expect(first.pidNamespace).not.toBe(Number(/\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0]));
  });

  it("do not make the workspace's own processes nested", async () => {
    await workspace.run(["/bin/true", "plain"]);
    expect(await node.exec("plain")).toMatchObject({
      nested: false,
      pidNamespace: Number(/\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0]),
    });
  });
});
