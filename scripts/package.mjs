// Packs the extension, as it was built, into a VSIX.
import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createVSIX } from "@vscode/vsce";
import { say } from "./say.mjs";
import { PACKAGE_HASH_FILE, PACKAGE_SOURCES, sourceHash } from "./sourceHash.mjs";
import { VSIX } from "./vsix.mjs";

const root = join(import.meta.dirname, "..");

/** What an admin downloads over any line: bytes. */
const LIMIT_BYTES = 3_000_000;

/** Without these the extension would install well and show nothing. */
const REQUIRED = [
  "dist/extension/deploy.json",
  "dist/extension/extension.cjs",
  "dist/extension/kubernetes.cjs",
  "dist/webview/main.js",
  "dist/webview/main.css",
  "dist/webview/codicon.ttf",
];

async function pack() {
  const missing = REQUIRED.filter((file) => !existsSync(join(root, file)));
  if (missing.length > 0) throw new Error(`${missing.join(", ")} not there: run npm run build first`);
  const hash = sourceHash(root, PACKAGE_SOURCES);
  const target = join(root, VSIX);
  rmSync(join(root, PACKAGE_HASH_FILE), { force: true });
  rmSync(target, { force: true });
  await createVSIX({
    cwd: root,
    packagePath: target,
    // Everything is in the bundles.
    dependencies: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
  const bytes = statSync(target).size;
  if (bytes > LIMIT_BYTES) throw new Error(`${VSIX} takes ${bytes} bytes, and ${LIMIT_BYTES} is the limit`);
  say(`${VSIX}: ${bytes} bytes`);
  writeFileSync(join(root, PACKAGE_HASH_FILE), hash);
}

try {
  await pack();
} catch (error) {
  say(`package: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
