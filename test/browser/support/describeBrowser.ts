import { existsSync } from "node:fs";
import { join } from "node:path";
import { isCodeServerInstalled } from "../../../scripts/codeServer.mjs";
import { describeWhere } from "../../kernel/support/describeKernel.ts";
import { chromiumObstacle } from "./chromium.ts";
import { PACKED_EXTENSION } from "./packedExtension.ts";

const ROOT = join(import.meta.dirname, "../../..");

/** Declares tests that need the kernel, code-server with the packed extension, and a browser. */
export function describeBrowser(name: string, declareTests: () => void): void {
  describeWhere(() => chromiumObstacle() ?? editorObstacle(), name, declareTests);
}

/** Why there is no editor to test; undefined: there is one. */
export function editorObstacle(): string | undefined {
  if (!isCodeServerInstalled(ROOT)) return "code-server is not installed: npm test installs it";
  return existsSync(PACKED_EXTENSION) ? undefined : "the extension is not packed: run npm run package";
}
