import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

/** What the page may weigh in all, so that it opens at once: bytes, minified. */
const WEBVIEW_LIMIT_BYTES = 500_000;

/** What every bundle of the editor shares. Licence texts stay in the packages, which the manifest names. */
const COMMON = /** @type {const} */ ({
  bundle: true,
  minify: true,
  sourcemap: true,
  legalComments: "none",
  logLevel: "warning",
});

/**
 * Bundles the extension for both kinds of extension host: one CommonJS file, which VS Code loads in any version.
 * @param {string} root
 */
export async function bundleExtension(root) {
  rmSync(join(root, "dist/extension"), { recursive: true, force: true });
  await build({
    ...COMMON,
    absWorkingDir: root,
    entryPoints: ["extension/extension.ts"],
    outfile: "dist/extension/extension.cjs",
    platform: "node",
    format: "cjs",
    target: "node20",
    // The two optional addons of `ws` are for compression and masking that it does well enough by itself.
    external: ["vscode", "bufferutil", "utf-8-validate"],
  });
}

/**
 * Bundles the page of the process stream. Its worker is a text inside of it, since the page may only start workers
 * that it made itself. Throws when it grows over its limit.
 * @param {string} root
 * @param {string} [outdir]
 */
export async function bundleWebview(root, outdir = "dist/webview") {
  const folder = join(root, outdir);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  /** @type {import("esbuild").BuildOptions} */
  const common = {
    ...COMMON,
    absWorkingDir: root,
    platform: "browser",
    target: ["chrome132", "firefox140", "safari18"],
  };
  await build({
    ...common,
    entryPoints: ["webview/main.ts"],
    outfile: `${outdir}/main.js`,
    format: "iife",
    plugins: [workerSource(root)],
  });
  await build({
    ...common,
    entryPoints: ["webview/style/main.css"],
    outfile: `${outdir}/main.css`,
    loader: { ".ttf": "file" },
    assetNames: "[name]",
  });
  const bytes = statSync(join(folder, "main.js")).size + statSync(join(folder, "main.css")).size;
  if (bytes > WEBVIEW_LIMIT_BYTES) {
    throw new Error(`the webview takes ${bytes} bytes, and ${WEBVIEW_LIMIT_BYTES} is the limit`);
  }
}

/**
 * Resolves the module `worker-source` to the bundled worker, as a string.
 * @param {string} root
 * @returns {import("esbuild").Plugin}
 */
function workerSource(root) {
  return {
    name: "worker-source",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^worker-source$/ }, ({ path }) => ({ path, namespace: "worker-source" }));
      onLoad({ filter: /.*/, namespace: "worker-source" }, async () => {
        const { outputFiles } = await build({
          ...COMMON,
          absWorkingDir: root,
          entryPoints: ["webview/worker/main.ts"],
          platform: "browser",
          format: "iife",
          target: "chrome132",
          sourcemap: false,
          write: false,
        });
        return { contents: outputFiles[0]?.text ?? "", loader: "text" };
      });
    },
  };
}
