import { statSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../../../scripts/prepare.mjs";
import { VSIX } from "../../../scripts/vsix.mjs";
import type { Figure } from "../../tracer/figure.ts";
import { measured } from "../measured.ts";

/** What was built last. */
export function sizes(): Promise<Figure[]> {
  const size = (...names: readonly string[]): number =>
    names.reduce((sum, name) => sum + statSync(join(ROOT, name)).size, 0);
  return Promise.resolve([
    measured(
      "webview, main.js and main.css minified, KB",
      500,
      size("dist/webview/main.js", "dist/webview/main.css") / 1_000,
    ),
    measured("… its font, KB", undefined, size("dist/webview/codicon.ttf") / 1_000),
    measured("VSIX, KB", 3_000, size(VSIX) / 1_000),
  ]);
}
