import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createVSIX } from "@vscode/vsce";

const SCHEME = "wpl-virtual";

/** A folder that only the packed extension knows, as the editor's address takes it, and the file in it. */
export const VIRTUAL_FOLDER = `${SCHEME}:/virtual`;
export const VIRTUAL_FILE = "on-no-disk.txt";

const MANIFEST = {
  name: "virtual-folder",
  publisher: "workspace-process-logging-tests",
  version: "0.0.1",
  engines: { vscode: "^1.100.0" },
  main: "./extension.js",
  activationEvents: [`onFileSystem:${SCHEME}`],
  capabilities: { virtualWorkspaces: true, untrustedWorkspaces: { supported: true } },
};

const SOURCE = `
const vscode = require("vscode");
exports.activate = (context) => {
  const readOnly = () => { throw vscode.FileSystemError.NoPermissions(); };
  const stat = (uri) => {
    if (uri.path === "/virtual") return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
    if (uri.path === "/virtual/${VIRTUAL_FILE}") return { type: vscode.FileType.File, ctime: 0, mtime: 0, size: 5 };
    throw vscode.FileSystemError.FileNotFound(uri);
  };
  const provider = {
    onDidChangeFile: new vscode.EventEmitter().event,
    watch: () => ({ dispose: () => undefined }),
    stat,
    readDirectory: () => [["${VIRTUAL_FILE}", vscode.FileType.File]],
    readFile: (uri) => { stat(uri); return new TextEncoder().encode("text\\n"); },
    createDirectory: readOnly, writeFile: readOnly, delete: readOnly, rename: readOnly,
  };
  context.subscriptions.push(vscode.workspace.registerFileSystemProvider("${SCHEME}", provider, { isReadonly: true }));
};
`;

/** Packs an extension with a file system of its own, as those for remote repositories have; resolves with its file. */
export async function packVirtualFolder(directory: string): Promise<string> {
  const cwd = join(directory, "virtual-folder");
  mkdirSync(cwd);
  writeFileSync(join(cwd, "package.json"), JSON.stringify(MANIFEST));
  writeFileSync(join(cwd, "extension.js"), SOURCE);
  const packagePath = join(directory, "virtual-folder.vsix");
  await createVSIX({
    ...{ cwd, packagePath, dependencies: false },
    ...{ allowMissingRepository: true, skipLicense: true, allowStarActivation: true },
  });
  return packagePath;
}
