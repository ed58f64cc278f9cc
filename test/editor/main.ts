// Runs the suite inside an extension host. `--outputFile.json=FILE` takes a report with vitest's counts.
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { runTests } from "@vscode/test-electron";
import { build } from "esbuild";
import { isCodeServerInstalled } from "../../scripts/codeServer.mjs";
import { chromiumObstacle } from "../browser/support/chromium.ts";
import { desktopEditor } from "./support/desktopEditor.ts";
import { type SuiteReport, vitestCounts } from "./support/suiteReport.ts";

const root = join(import.meta.dirname, "../..");
/** Inside the repository, so that the suite finds its packages. */
const bundled = join(root, "dist/test/editor");

async function bundleSuite(): Promise<void> {
  rmSync(bundled, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: ["test/editor/suite/index.ts", ...globSync("test/editor/suite/*.test.ts", { cwd: root })],
    outdir: bundled,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    external: ["vscode", "mocha"],
    sourcemap: "inline",
    logLevel: "warning",
  });
}

/** The executable that runs the suite: a desktop's where there is one, and else our launcher of code-server's VS Code. */
async function chooseEditor(): Promise<string> {
  const desktop = await desktopEditor();
  if ("executable" in desktop) return desktop.executable;
  process.stdout.write(`no desktop VS Code (${desktop.obstacle}): code-server's runs the suite\n`);
  const obstacle = chromiumObstacle() ?? codeServerObstacle();
  if (obstacle !== undefined) throw new Error(obstacle);
  return join(import.meta.dirname, "support/launcher.ts");
}

async function runSuite(directory: string, executable: string): Promise<SuiteReport> {
  const file = join(directory, "report.json");
  const folder = join(directory, "folder");
  mkdirSync(folder);
  try {
    await runTests({
      vscodeExecutablePath: executable,
      extensionDevelopmentPath: root,
      extensionTestsPath: join(bundled, "index.cjs"),
      // The launcher's first line asks the path for Node.js.
      extensionTestsEnv: {
        EDITOR_TEST_REPORT: file,
        PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
      },
      launchArgs: [
        `--extensions-dir=${join(directory, "extensions")}`,
        `--user-data-dir=${join(directory, "data")}`,
        // The launcher does so by itself; a desktop's sandbox does not start as root.
        ...["--disable-workspace-trust", "--no-sandbox"],
        folder,
      ],
    });
  } catch (error) {
    // Failed tests are in the report; only what kept them from running is not.
    if (!existsSync(file)) throw error;
  }
  return JSON.parse(readFileSync(file, "utf8")) as SuiteReport;
}

function codeServerObstacle(): string | undefined {
  return isCodeServerInstalled(root) ? undefined : "code-server is not installed: npm test installs it";
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    strict: false,
    options: { "outputFile.json": { type: "string" } },
  });
  const directory = mkdtempSync(join(tmpdir(), "wpl-editor-suite-"));
  try {
    const executable = await chooseEditor();
    await bundleSuite();
    const report = await runSuite(directory, executable);
    for (const { name, state, problem } of report.tests) {
      process.stdout.write(`${state.padEnd(8)}${name}\n${problem === undefined ? "" : `${problem}\n`}`);
    }
    const target = values["outputFile.json"];
    if (typeof target === "string") writeFileSync(target, JSON.stringify(vitestCounts(report)));
    if (report.tests.some(({ state }) => state === "failed")) process.exitCode = 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(
    `could not run the suite in the editor: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
}
