import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { listFiles, PackageManager } from "@vscode/vsce";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");

const PACKED = [
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "dist/extension/deploy.json",
  "dist/extension/extension.cjs",
  "dist/extension/kubernetes.cjs",
  "dist/webview/codicon.ttf",
  "dist/webview/main.css",
  "dist/webview/main.js",
  "extension/media/icon.png",
  "l10n/bundle.l10n.de.json",
  "l10n/bundle.l10n.json",
  "package.json",
  "package.nls.de.json",
  "package.nls.json",
];

const LEFT_OUT = [
  ".env",
  ".npmrc",
  "bpf/tracer.bpf.c",
  "dist/bpf/tracer.bpf.o",
  "dist/extension/extension.cjs.map",
  "dist/tracer-service/main.js",
  "dist/webview/main.css.map",
  "dist/webview/main.js.map",
  "dist/workspace-process-logging.vsix",
  "docs/api.md",
  "extension/extension.ts",
  "node_modules/ws/index.js",
  "package-lock.json",
  "scripts/code-server/node_modules/code-server/package.json",
  "test/unit/some.test.ts",
  "tracer.token",
];

describe("the packed extension", () => {
  let folder = "";

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "vsix-files-"));
    for (const file of [...PACKED, ...LEFT_OUT]) {
      mkdirSync(join(folder, dirname(file)), { recursive: true });
      writeFileSync(join(folder, file), "x");
    }
    for (const file of ["package.json", ".vscodeignore"]) copyFileSync(join(root, file), join(folder, file));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it("holds what the editor needs and nothing else of the checkout", async () => {
    const files = await listFiles({ cwd: folder, packageManager: PackageManager.None });
    expect(files.sort()).toEqual(PACKED);
  });

  it("holds the files that the manifest names", () => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      main: string;
      icon: string;
      l10n: string;
    };
    expect(PACKED).toContain(manifest.main.slice(2));
    expect(PACKED).toContain(manifest.icon);
    expect(PACKED).toContain(`${manifest.l10n.slice(2)}/bundle.l10n.json`);
  });
});
