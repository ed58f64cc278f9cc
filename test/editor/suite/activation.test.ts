import { ok, strictEqual } from "node:assert";
import * as vscode from "vscode";

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string }[] };
}

const EXTENSION_ID = "workspace-process-logging.workspace-process-logging";

describe("activation", () => {
  it("activates the extension and registers every command of its manifest", async () => {
    const extension = vscode.extensions.getExtension(EXTENSION_ID);
    ok(extension !== undefined, "the extension is not there");
    await extension.activate();
    strictEqual(extension.isActive, true);
    const registered = new Set(await vscode.commands.getCommands(true));
    const { commands } = (extension.packageJSON as Manifest).contributes;
    ok(commands.length > 0);
    for (const { command } of commands) ok(registered.has(command), `${command} is not registered`);
  });

  it("shows both views when they are asked for", async () => {
    await vscode.commands.executeCommand("processLogging.workspaces.focus");
    await vscode.commands.executeCommand("processLogging.nodes.focus");
  });
});
