#!/usr/bin/env node
// Stands in for a desktop VS Code in @vscode/test-electron: takes the same arguments, and runs the suite in code-server's
// VS Code, opened by a headless Chromium. Its exit code is the suite's.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launcherOptions } from "./launcherOptions.ts";
import { openEditor } from "./openEditor.ts";
import { EditorServer } from "./editorServer.ts";

/** Longer than any suite takes on a slow machine, so that an editor that hangs ends the run. */
const LIMIT_MS = 300_000;

async function launch(): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), "wpl-editor-"));
  const options = launcherOptions(process.argv.slice(2));
  const server = new EditorServer({ dataDir, extensionsDir: options.extensionsDir });
  const onSignal = (): void => void server.stop();
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  try {
    const port = await server.listening();
    return await Promise.race([openEditor(port, options, LIMIT_MS), server.ended]);
  } finally {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

try {
  process.exitCode = await launch();
} catch (error) {
  process.stderr.write(`editor launcher: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
