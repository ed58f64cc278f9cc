// Builds dist/: each bpf/*.bpf.c by clang, service, extension and webview by esbuild. With --strict a warning of
// clang's is an error; with --service only what the service's image holds is built.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { architecture } from "./architecture.mjs";
import { bundleExtension, bundleWebview } from "./bundleEditor.mjs";
import { say } from "./say.mjs";
import { BUILD_HASH_FILE, BUILD_SOURCES, sourceHash } from "./sourceHash.mjs";

const root = join(import.meta.dirname, "..");
const { bpfTarget, multiarch } = architecture(process.arch);

/** Programs of the service: the path in dist/ without its extension, and the source. */
const PROGRAMS = {
  "tracer-service/main": "tracer-service/main.ts",
  // Threads of the service: beside the chunks that start them.
  "tracer-service/historyWorker": "tracer-service/history/historyWorker.ts",
  "tracer-service/searchWorker": "tracer-service/history/searchWorker.ts",
};

/**
 * How V8 is to run the service. Its heap is a few MiB of events that live for milliseconds: a small young generation
 * collected by one thread, when it is full rather than by tasks in between, and an old one that is marked in one go,
 * once in minutes. No second optimizing compiler, which takes 9 MiB, and no inlining by the first, which takes 3:
 * neither gains anything measurable. The thread that writes the history has its buffers collected itself.
 */
const V8_FLAGS = [
  "--max-semi-space-size=4 --min-semi-space-size=4 --single-threaded-gc",
  "--no-minor-gc-task --no-incremental-marking --no-turbofan --no-maglev-inlining --expose-gc",
].join(" ");
const SHEBANG = `#!/usr/bin/env -S node ${V8_FLAGS}`;

/**
 * @param {string} source
 * @param {boolean} strict
 */
function compileBpf(source, strict) {
  // Debian keeps the architecture's own headers (asm/) in a folder that clang does not search for this target.
  const archHeaders = `/usr/include/${multiarch}`;
  const args = [
    ...["-O2", "-g", "-target", "bpf", "-mcpu=v2", `-D__TARGET_ARCH_${bpfTarget}`, "-Wall"],
    ...(strict ? ["-Werror"] : []),
    // Objects built from the same sources are the same wherever the checkout lies.
    `-ffile-prefix-map=${root}=.`,
    "-Ibpf",
    ...(existsSync(archHeaders) ? ["-idirafter", archHeaders] : []),
    ...["-c", source, "-o", `dist/bpf/${basename(source, ".c")}.o`],
  ];
  const result = spawnSync("clang", args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (result.error !== undefined) {
    throw new Error(
      `could not run clang (${result.error.message}): install what Debian calls clang and libbpf-dev`,
    );
  }
  if (result.status !== 0) throw new Error(`clang could not compile ${source}: see its messages above`);
}

async function buildAll() {
  const hash = sourceHash(root, BUILD_SOURCES);
  // A build that fails halfway must not look finished.
  rmSync(join(root, BUILD_HASH_FILE), { force: true });
  rmSync(join(root, "dist/tracer-service"), { recursive: true, force: true });
  mkdirSync(join(root, "dist/bpf"), { recursive: true });

  const sources = readdirSync(join(root, "bpf")).filter((name) => name.endsWith(".bpf.c"));
  for (const name of sources) compileBpf(`bpf/${name}`, process.argv.includes("--strict"));

  await build({
    absWorkingDir: root,
    entryPoints: PROGRAMS,
    outdir: "dist",
    bundle: true,
    // What a command imports when it is used stays apart until then; the chunks lie beside the programs.
    splitting: true,
    chunkNames: "tracer-service/[name]-[hash]",
    platform: "node",
    format: "esm",
    target: "node24",
    packages: "external",
    sourcemap: true,
    banner: { js: SHEBANG },
    logLevel: "warning",
  });
  for (const program of Object.keys(PROGRAMS)) chmodSync(join(root, "dist", `${program}.js`), 0o755);

  if (process.argv.includes("--service")) return;
  await bundleExtension(root);
  await bundleWebview(root);

  writeFileSync(join(root, BUILD_HASH_FILE), hash);
}

try {
  await buildAll();
} catch (error) {
  say(`build: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
