import { constants, hostname } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { FaultyDisk } from "../service/support/faultyDisk.ts";
import { describeBrowser } from "./support/describeBrowser.ts";
import { useEditorHost } from "./support/useEditorHost.ts";

describeBrowser("a tracer that something holds up, in the editor", () => {
  const host = useEditorHost({ tracer: true, earlier: [] });

  it("says at its node that the history is behind or can't be written, until it has caught up", async () => {
    const { editor, traced } = host();
    const node = editor.treeItem(hostname());
    await editor.showViews();
    await host().stopTracer();
    const disk = new FaultyDisk(join(traced.directory, "state"), traced.directory);
    await host().startTracer(disk);
    await node.filter({ hasText: "ready" }).waitFor();
    expect(await node.filter({ hasText: "history" }).count()).toBe(0);

    disk.set("hold");
    await host().run(["/bin/true", "held"]);
    await node.filter({ hasText: /history \d+ s behind/ }).waitFor();

    disk.set(`errno ${String(constants.errno.ENOSPC)}`);
    await host().run(["/bin/true", "unwritable"]);
    await node.filter({ hasText: "history can't be written" }).waitFor();

    disk.set("");
    await host().run(["/bin/true", "written"]);
    await node.filter({ hasText: "history" }).waitFor({ state: "detached" });
    await node.filter({ hasText: "ready" }).waitFor();
  });
});
