import { build } from "esbuild";
import type { Plugin } from "esbuild";

/** The files of the page, by name. */
export type Bundle = ReadonlyMap<string, Uint8Array>;

/** Bundles the page as the product does, with the worker that is given. */
export async function bundleView(workerEntry: string): Promise<Bundle> {
  const worker = await build({
    entryPoints: [workerEntry],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    platform: "browser",
  });
  const source = worker.outputFiles[0]?.text ?? "";
  const workerSource: Plugin = {
    name: "worker-source",
    setup: (made) => {
      made.onResolve({ filter: /^worker-source$/ }, ({ path }) => ({ path, namespace: "worker-source" }));
      made.onLoad({ filter: /.*/, namespace: "worker-source" }, () => ({ contents: source, loader: "text" }));
    },
  };
  const page = await build({
    entryPoints: [
      { in: "webview/main.ts", out: "main" },
      { in: "webview/style/main.css", out: "main" },
    ],
    bundle: true,
    minify: true,
    write: false,
    outdir: "/bundle",
    format: "iife",
    platform: "browser",
    target: "es2022",
    loader: { ".ttf": "file" },
    assetNames: "[name]",
    define: { "process.env.NODE_ENV": '"production"' },
    plugins: [workerSource],
  });
  return new Map(page.outputFiles.map(({ path, contents }) => [path.replace("/bundle/", ""), contents]));
}
