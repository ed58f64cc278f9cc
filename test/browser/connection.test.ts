import { hostname } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeBrowser } from "./support/describeBrowser.ts";
import { SocketProxy } from "./support/socketProxy.ts";
import { useEditorHost } from "./support/useEditorHost.ts";

describeBrowser("the connection to the tracer", () => {
  const host = useEditorHost({ tracer: false });

  it("is made by itself as soon as there is a tracer", async () => {
    const { editor } = host();
    await editor.showViews();
    const offers = editor.page.locator(".sidebar .welcome-view-content").getByRole("button");
    for (const name of ["Connect to the Tracer of This Host", "Connect to a Cluster…", "Open a Log File…"]) {
      await offers.filter({ hasText: name }).first().waitFor();
    }
    await editor.openStream();
    await editor.stream.getByRole("button", { name: "Fold repeats" }).click();
    await editor.stream.getByText("Not connected", { exact: true }).waitFor();
    await host().startTracer();
    await editor.stream.getByText("Not connected", { exact: true }).waitFor({ state: "hidden" });
    await host().run(["/bin/echo", "before-the-cut"]);
    await editor.rows("before-the-cut").waitFor();
  });

  it("says that it is lost, and continues without loss where it stopped", async () => {
    const { editor } = host();
    host().connection.cut();
    await editor.stream.getByText(/Disconnected from .* since/).waitFor();
    const missed = Array.from({ length: 20 }, (_, index) => `meanwhile-${index}.`);
    for (const argument of missed) await host().run(["/bin/echo", argument]);
    await host().connection.restore();
    await editor.stream.getByText(/Disconnected from .* since/).waitFor({ state: "hidden" });
    await host().run(["/bin/echo", "after-the-cut"]);
    await editor.rows("after-the-cut").waitFor();
    for (const argument of missed) await editor.rows(argument).waitFor();
    expect(await editor.rows(/lost here/).count()).toBe(0);
  });

  it("is made again when the tracer was stopped and started", async () => {
    const { editor } = host();
    await host().stopTracer();
    await editor.stream.getByText(/Disconnected from .* since/).waitFor();
    await host().startTracer();
    await editor.stream.getByText(/Disconnected from .* since/).waitFor({ state: "hidden" });
    await host().run(["/bin/echo", "by-the-new-tracer"]);
    await editor.rows("by-the-new-tracer").waitFor();
    await editor.rows("before-the-cut").waitFor();
  });

  it("is told from another one to a tracer of the same name by its socket, in both views", async () => {
    const { editor, traced } = host();
    const other = join(traced.directory, "other.sock");
    const proxy = new SocketProxy(other, join(traced.directory, "tracer.sock"));
    await proxy.restore();
    try {
      await editor.runCommand("Process Logging: Connect…");
      await editor.choices.filter({ hasText: "Another socket…" }).click();
      await editor.page.locator(".quick-input-message", { hasText: "Whole path" }).waitFor();
      await editor.typeChoice(other);
      await editor.page.keyboard.press("Enter");
      await editor.showViews();
      for (const socket of [join(traced.directory, "editor.sock"), other]) {
        const name = `${hostname()} (${socket})`;
        await editor.treeItem(name).waitFor();
        await editor.treeItem(host().workspaceName).filter({ hasText: name }).waitFor();
      }
    } finally {
      proxy.cut();
    }
  });
});
