// `npm run bench:cluster`: what a large cluster costs the editor, and a full node its tracer. Asks the real API server
// that KUBECONFIG leads to, which it fills with objects of nodes and pods without kubelets, and empties again.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { say } from "../../scripts/say.mjs";
import type { Figure } from "../tracer/figure.ts";
import { describeMachine } from "../tracer/machine.ts";
import { formatReport } from "../tracer/report.ts";
import { MEASURED, measured } from "../webview/measured.ts";
import { adminApi } from "./adminApi.ts";
import { clusterInEditor } from "./clusterInEditor.ts";
import type { EditorCost } from "./editor.ts";
import { emptyCluster, fillCluster, podUids } from "./fillCluster.ts";
import { NodePods } from "./nodePods.ts";
import { startService, type ServiceCost } from "./serviceStart.ts";
import { nodeName, podName } from "./workspaceObjects.ts";

const { values: options } = parseArgs({
  options: {
    pods: { type: "string", default: "10000" },
    nodes: { type: "string", default: "1000" },
    "pods-on-node": { type: "string", default: "250" },
    runs: { type: "string", default: "7" },
  },
});
const size = {
  ...{ pods: Number(options.pods), nodes: Number(options.nodes) },
  podsOnFirst: Number(options["pods-on-node"]),
};
const MB = 1_000_000;
const before = describeMachine();
const api = adminApi();

async function inTurn<T>(measure: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let run = 0; run < Number(options.runs); run++) results.push(await measure());
  return results;
}

function runEditor(): Promise<EditorCost> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "editor.ts")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  return new Promise((resolve, reject) => {
    child.once("close", (code) => {
      if (code === 0) resolve(JSON.parse(output) as EditorCost);
      else reject(new Error(`the editor's process ended with ${String(code)}`));
    });
  });
}

function editorFigures(costs: readonly EditorCost[]): Figure[] {
  const requests = (kind: string): number[] =>
    costs.map(({ requests: all }) =>
      Object.entries(all).reduce((sum, [name, count]) => sum + (name.startsWith(kind) ? count : 0), 0),
    );
  const found = costs.map(({ pods, nodes }) => `${String(pods)} workspaces, ${String(nodes)} nodes`);
  say(`the editor found ${[...new Set(found)].join("; ")}`);
  return [
    measured(
      "editor: first list of pods and nodes in the views, ms",
      2_000,
      costs.map(({ listMs }) => listMs),
    ),
    measured(
      "… CPU time of the editor's process, ms",
      undefined,
      costs.map(({ cpuMs }) => cpuMs),
    ),
    measured(
      "editor: most memory of the process, MB",
      300,
      costs.map(({ peakBytes }) => peakBytes / MB),
    ),
    measured(
      "editor: heap afterwards, MB",
      undefined,
      costs.map(({ heapBytes }) => heapBytes / MB),
    ),
    measured("editor: watches of pods", 1, requests("watch /api/v1/pods")),
    measured("editor: watches of nodes", 1, requests("watch /api/v1/nodes")),
  ];
}

function serviceFigures(costs: readonly ServiceCost[]): Figure[] {
  const first = costs.map(({ firstLineMs }) => firstLineMs);
  return [
    measured("service: start → first attributed line, ms", 1_000, first),
    measured(
      "… CPU time of the service, ms",
      undefined,
      costs.map(({ cpuMs }) => cpuMs),
    ),
    measured(
      "service: resident memory, MB",
      130,
      costs.map((cost) => cost.residentBytes / MB),
    ),
  ];
}

try {
  say(`filling the cluster: ${String(size.pods)} pods on ${String(size.nodes)} nodes`);
  const startedMs = performance.now();
  await fillCluster(api, size);
  say(`filled in ${String(Math.round((performance.now() - startedMs) / 1_000))} s`);
  say("measuring: the editor");
  const figures = editorFigures(await inTurn(runEditor));
  say("measuring: code-server");
  figures.push(...(await clusterInEditor(process.env["KUBECONFIG"] ?? "")));
  say("measuring: the service");
  const uids = await podUids(api, nodeName(0));
  const pods = new NodePods(
    Array.from({ length: size.podsOnFirst }, (_, pod) => uids.get(podName(pod)) ?? ""),
  );
  try {
    pods.keepExecuting("/bin/true");
    figures.push(
      ...serviceFigures(await inTurn(() => startService(process.env["KUBECONFIG"] ?? "", pods.root))),
    );
  } finally {
    await pods.remove();
  }
  const machine = [`before: ${before}`, `after: ${describeMachine()}`, ""];
  process.stdout.write(`\n${[...machine, formatReport(figures, [MEASURED], [])].join("\n")}\n`);
} finally {
  say("emptying the cluster");
  await emptyCluster(api, size);
}
