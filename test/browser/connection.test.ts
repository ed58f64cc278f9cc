import { expect, it } from "vitest";
import { describeBrowser } from "./support/describeBrowser.ts";
import { useEditorHost } from "./support/useEditorHost.ts";

describeBrowser("the connection to the tracer", () => {
  const host = useEditorHost({ tracer: false });

  it("is made by itself as soon as there is a tracer", async () => {
    const { editor } = host();
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
});
