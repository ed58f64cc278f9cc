import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { deployManifests } from "./deployManifests.mjs";

/** What is loaded at the editor's start, and with the first cluster: bytes, minified. */
const EXTENSION_LIMIT_BYTES = 250_000;
const KUBERNETES_LIMIT_BYTES = 750_000;

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
 * Bundles the extension for both kinds of extension host: CommonJS, which VS Code loads in any version. The Kubernetes
 * library is a file of its own, so that it is loaded with the first cluster, and what checks expressions another one.
 * Throws when one grows over its limit.
 * @param {string} root
 */
export async function bundleExtension(root) {
  const folder = join(root, "dist/extension");
  rmSync(folder, { recursive: true, force: true });
  /** @type {import("esbuild").BuildOptions} */
  const common = {
    ...COMMON,
    absWorkingDir: root,
    platform: "node",
    format: "cjs",
    target: "node20",
    // The two optional addons of `ws` are for compression and masking that it does well enough by itself.
    external: ["vscode", "bufferutil", "utf-8-validate"],
  };
  await build({
    ...common,
    entryPoints: ["extension/extension.ts"],
    outfile: "dist/extension/extension.cjs",
    plugins: [
      ownFile(/\/kubernetesLibrary\.ts$/, "./kubernetes.cjs"),
      ownFile(/\/expressionCheck\.ts$/, "./expressionCheck.cjs"),
    ],
  });
  await build({
    ...common,
    entryPoints: ["extension/filter/expressionCheck.ts"],
    outfile: "dist/extension/expressionCheck.cjs",
  });
  await build({
    ...common,
    entryPoints: ["extension/cluster/kubeconfig/kubernetesLibrary.ts"],
    outfile: "dist/extension/kubernetes.cjs",
    plugins: [withoutUndici()],
  });
  limit(folder, ["extension.cjs"], EXTENSION_LIMIT_BYTES, "the extension");
  limit(folder, ["kubernetes.cjs"], KUBERNETES_LIMIT_BYTES, "the Kubernetes library");
  writeFileSync(join(folder, "deploy.json"), JSON.stringify(deployManifests(root)));
}

/**
 * Leaves a module that is imported when it is used first in a file of its own.
 * @param {RegExp} filter
 * @param {string} path
 * @returns {import("esbuild").Plugin}
 */
function ownFile(filter, path) {
  return {
    name: "own-file",
    setup({ onResolve }) {
      onResolve({ filter }, ({ kind }) => (kind === "dynamic-import" ? { path, external: true } : undefined));
    },
  };
}

/**
 * Of the Kubernetes client only the kubeconfig is used, and requests go by `node:https`. Its own HTTP library is three
 * quarters of it, and does not load in the extension hosts of 2025.
 * @returns {import("esbuild").Plugin}
 */
function withoutUndici() {
  return {
    name: "without-undici",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^undici$/ }, ({ path }) => ({ path, namespace: "without-undici" }));
      onLoad({ filter: /.*/, namespace: "without-undici" }, () => ({
        contents: "export const Agent = undefined, ProxyAgent = undefined, fetch = undefined;",
      }));
    },
  };
}

/**
 * @param {string} folder
 * @param {readonly string[]} files
 * @param {number} most
 * @param {string} what
 */
function limit(folder, files, most, what) {
  const bytes = files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
  if (bytes > most) throw new Error(`${what} takes ${bytes} bytes, and ${most} is the limit`);
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
  limit(folder, ["main.js", "main.css"], WEBVIEW_LIMIT_BYTES, "the webview");
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
