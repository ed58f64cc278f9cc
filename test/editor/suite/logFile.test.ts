import { ok, strictEqual } from "node:assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import { recordedLog } from "../../browser/support/recordedLog.ts";
import { until } from "../support/until.ts";

const STREAM = "processLogging.stream";

function streamTabs(): readonly vscode.Tab[] {
  return vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(STREAM));
}

describe("a recorded log", () => {
  after(async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  it("opens in the process stream, of which there is one however often it is asked for", async () => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    ok(folder !== undefined);
    const file = join(folder, "recorded.jsonl");
    writeFileSync(file, recordedLog());
    strictEqual(streamTabs().length, 0);
    await vscode.commands.executeCommand("processLogging.openLogFile", vscode.Uri.file(file));
    await until("the stream is open", () => streamTabs().length === 1);
    await vscode.commands.executeCommand("processLogging.openStream");
    await vscode.commands.executeCommand("processLogging.openLogFile", vscode.Uri.file(file));
    strictEqual(streamTabs().length, 1);
  });

  it("can be asked for in CloudWatch, by a query on the clipboard", async () => {
    await vscode.env.clipboard.writeText("");
    await vscode.commands.executeCommand("processLogging.copyCloudWatchQuery");
    await until("the query is on the clipboard", async () =>
      (await vscode.env.clipboard.readText()).includes("log_processed.fields"),
    );
  });
});
