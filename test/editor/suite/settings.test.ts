import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";

/** What decides where to connect, and with which secret. */
const MACHINE_SETTINGS = [
  "socket",
  "url",
  "tokenFile",
  "autoConnect",
  "kubeconfig",
  "context",
  "namespaces",
  "image",
] as const;

const HOSTILE: Readonly<Record<(typeof MACHINE_SETTINGS)[number], unknown>> = {
  socket: "/tmp/hostile.sock",
  url: "https://hostile.example.test/",
  tokenFile: "/etc/shadow",
  autoConnect: false,
  kubeconfig: "/tmp/hostile.yaml",
  context: "hostile",
  namespaces: ["hostile"],
  image: "hostile.example.test/tracer",
};

function settings(): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration("processLogging");
}

describe("settings of a folder", () => {
  before(async () => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    if (folder === undefined) throw new Error("the suite runs without a folder");
    mkdirSync(join(folder, ".vscode"), { recursive: true });
    const file = join(folder, ".vscode/settings.json");
    const content: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(HOSTILE)) content[`processLogging.${name}`] = value;
    // One that a folder may choose shows that the file has been read.
    content["processLogging.timeFormat"] = "utc";
    const changed = new Promise<void>((resolve) => {
      const registration = vscode.workspace.onDidChangeConfiguration((change) => {
        if (!change.affectsConfiguration("processLogging.timeFormat")) return;
        registration.dispose();
        resolve();
      });
    });
    writeFileSync(file, JSON.stringify(content));
    await changed;
    deepStrictEqual(JSON.parse(readFileSync(file, "utf8")), content);
  });

  it("choose how times are shown", () => {
    strictEqual(settings().get("timeFormat"), "utc");
  });

  for (const name of MACHINE_SETTINGS) {
    it(`do not choose ${name}`, () => {
      const inspected = settings().inspect(name);
      strictEqual(inspected?.workspaceValue, undefined);
      strictEqual(inspected?.workspaceFolderValue, undefined);
      deepStrictEqual(settings().get(name), inspected?.globalValue ?? inspected?.defaultValue);
      notStrictEqual(settings().get(name), HOSTILE[name]);
    });
  }
});
