// Runs the tests that need a real cluster: brings one up on this machine, or takes the one that KUBECONFIG names, whose
// nodes can pull `--image NAME` and `--workspace-image NAME`. With `--keep` it runs no tests, and the cluster stays until
// this is interrupted; with `--script FILE` it runs that instead of them. What else it is told goes to vitest or the script.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { say } from "../../scripts/say.mjs";
import { Cluster } from "./support/cluster.ts";
import { clusterObstacle } from "./support/clusterObstacle.ts";
import { buildPrograms } from "./support/kubernetesPrograms.ts";
import { DIRECTORY_VARIABLE, IMAGE_VARIABLES, OBSTACLE_VARIABLE } from "./support/testEnvironment.ts";
import { EXAMPLE_IMAGE } from "./support/deployedManifests.ts";
import { makeTestImages } from "./support/testImages.ts";
import { buildTracerImage } from "./support/tracerImage.ts";

const VITEST = join(import.meta.dirname, "../../node_modules/vitest/vitest.mjs");

/** Ends a run early: what was begun is taken down all the same. */
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    interrupted.abort();
  });
}

async function main(): Promise<number> {
  const { values, tokens } = parseArgs({
    strict: false,
    tokens: true,
    options: {
      keep: { type: "boolean" },
      script: { type: "string" },
      image: { type: "string" },
      "workspace-image": { type: "string" },
    },
  });
  const own = new Set(["keep", "script", "image", "workspace-image"]);
  const { script } = values;
  const command =
    typeof script === "string"
      ? [process.execPath, script]
      : [process.execPath, VITEST, "run", "--project", "cluster"];
  for (const token of tokens) {
    if (token.kind === "positional") command.push(token.value);
    if (token.kind === "option" && !own.has(token.name)) {
      command.push(token.value === undefined ? token.rawName : `${token.rawName}=${token.value}`);
    }
  }

  if (process.env["KUBECONFIG"] !== undefined) {
    if (typeof script === "string") return await run(command, process.env);
    if (typeof values.image !== "string") {
      throw new Error("KUBECONFIG names a cluster: say by --image which image its nodes can pull");
    }
    const workspace = values["workspace-image"] ?? EXAMPLE_IMAGE;
    const images = { [IMAGE_VARIABLES.tracer]: values.image, [IMAGE_VARIABLES.workspace]: String(workspace) };
    return await run(command, { ...process.env, ...images });
  }
  const obstacle = clusterObstacle();
  if (obstacle !== undefined) return await run(command, { ...process.env, [OBSTACLE_VARIABLE]: obstacle });
  const programs = buildPrograms(say);
  const cluster = await startCluster(programs);
  try {
    if (values.keep === true) return await keep(cluster);
    const env = { ...cluster.env, [DIRECTORY_VARIABLE]: cluster.directory };
    return await run(cluster.command(command), env);
  } finally {
    await cluster.close();
  }
}

async function startCluster(programs: string): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), "process-logging-images-"));
  try {
    return await Cluster.start(programs, [...makeTestImages(folder), buildTracerImage(say)]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function keep(cluster: Cluster): Promise<number> {
  const enter = `nsenter --target=${String(cluster.namespaces.pid)} --net --mount`;
  say(`The cluster is up until this is interrupted. Its folder: ${cluster.directory}
In there: ${enter} -- env PATH="${cluster.programs}:$PATH" KUBECONFIG=${cluster.kubeconfig} kubectl get nodes
Images: ${enter} -- ctr --namespace=k8s.io images import FILE.tar`);
  // A wait alone does not keep Node.js alive.
  const alive = setInterval(() => undefined, 60_000);
  await new Promise((resolve) => {
    interrupted.signal.addEventListener("abort", resolve);
  });
  clearInterval(alive);
  return 0;
}

async function run([program = "", ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(program, args, { stdio: "inherit", env });
  interrupted.signal.addEventListener("abort", () => child.kill());
  return await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => {
      resolve(code ?? 1);
    });
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  say(`could not run the tests on a cluster: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
