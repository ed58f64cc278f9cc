import { expect, it } from "vitest";
import { describeBrowser } from "./support/describeBrowser.ts";
import { useEditorHost } from "./support/useEditorHost.ts";

describeBrowser("pausing", () => {
  const host = useEditorHost({ tracer: true });

  it("keeps what is shown, says how many wait, and shows them when it goes on", async () => {
    const { editor } = host();
    await editor.openStream();
    await host().run(["/bin/echo", "ran-before"]);
    await editor.rows("ran-before").waitFor();
    await editor.runCommand("Process Logging: Pause");
    await editor.stream.getByRole("button", { name: /^Resume/ }).waitFor();
    await host().run(["/bin/echo", "ran-meanwhile"]);
    await editor.stream.getByRole("button", { name: /[1-9]\d* waiting/ }).waitFor();
    expect(await editor.rows("ran-meanwhile").count()).toBe(0);
    await editor.runCommand("Process Logging: Resume");
    await editor.rows("ran-meanwhile").waitFor();
    await editor.stream.getByRole("button", { name: "Pause" }).waitFor();
  });
});
