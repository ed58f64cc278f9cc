import { cpSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ApiReader } from "../service/support/apiReader.ts";
import { describeBrowser } from "./support/describeBrowser.ts";
import type { EditorHost } from "./support/editorHost.ts";
import { useEditorHost } from "./support/useEditorHost.ts";

const WARNING = "history does not go on";

describeBrowser("a node's history that is rolled back, in the editor", () => {
  const host = useEditorHost({ tracer: true, earlier: [] });

  /** Runs a program, and resolves once readers of the stream were told a head that covers it; returns its number. */
  async function runUntilTold(argument: string): Promise<number> {
    const { traced } = host();
    const reader = await ApiReader.open({ socketPath: join(traced.directory, "tracer.sock") });
    const told = (): number =>
      Math.max(
        0,
        ...reader.messages.map(({ header }) => ("node" in header ? (header.node.head?.seq ?? 0) : 0)),
      );
    await reader.until("it is greeted", () => reader.of("hello").length > 0);
    const before = reader.of("hello")[0]?.latestSeq ?? 0;
    await host().run(["/bin/echo", argument]);
    await reader.until("the head covers it", () => told() > before);
    // Each reader is told once a second, all of them in one turn: by the next time the editor has it.
    const heads = reader.of("node").length;
    await host().run(["/bin/echo", `${argument}-again`]);
    await reader.until("it is told again", () => reader.of("node").length > heads + 1);
    await reader.end();
    return told();
  }

  const node = ({ editor }: EditorHost) => editor.treeItem(hostname());
  const stateDir = (): string => join(host().traced.directory, "state");
  const copy = (): string => join(host().traced.directory, "copy");

  it("is not warned of while it goes on, over a restart, too", async () => {
    const { editor } = host();
    await editor.showViews();
    await node(host()).filter({ hasText: "ready" }).waitFor();
    await runUntilTold("first");
    await host().stopTracer();
    cpSync(stateDir(), copy(), { recursive: true });
    await host().startTracer();
    await node(host()).filter({ hasText: "ready" }).waitFor();
    await runUntilTold("second");
    expect(await node(host()).filter({ hasText: WARNING }).count()).toBe(0);
  });

  it("is warned of in a notification and at the node once an older copy took its place", async () => {
    const { editor } = host();
    await host().stopTracer();
    rmSync(stateDir(), { recursive: true });
    cpSync(copy(), stateDir(), { recursive: true });
    await host().startTracer();
    await node(host()).filter({ hasText: WARNING }).waitFor();
    await editor.notifications
      .filter({ hasText: "does not go on from where it was seen before. Run tracer-service verify" })
      .waitFor();
    await editor.notifications.getByRole("button", { name: "Show Nodes" }).click();
  });

  it("is warned of on, also in a window that is opened later", async () => {
    const { editor } = host();
    // Longer than what was rolled back: its number alone tells nothing any more.
    await runUntilTold("third");
    await runUntilTold("fourth");
    await editor.reload();
    await editor.showViews();
    await node(host()).filter({ hasText: WARNING }).waitFor();
  });

  it("is warned of no more once that is accepted", async () => {
    await node(host()).hover();
    await node(host()).getByRole("button", { name: "Accept History as It Is Now" }).click();
    await node(host()).filter({ hasText: WARNING }).waitFor({ state: "detached" });
    await host().stopTracer();
    await host().startTracer();
    await node(host()).filter({ hasText: "ready" }).waitFor();
    await runUntilTold("last");
    expect(await node(host()).filter({ hasText: WARNING }).count()).toBe(0);
  });
});
