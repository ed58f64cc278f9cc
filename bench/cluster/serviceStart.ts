import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";

import { cpuMs, residentBytes } from "../tracer/processUsage.ts";
import { nodeName, podName } from "./workspaceObjects.ts";

/** What starting the service took. Memory in bytes. */
export interface ServiceCost {
  /** From its start until the first line that names pod and workspace. */
  readonly firstLineMs: number;
  /** Of the service in that time. */
  readonly cpuMs: number;
  readonly residentBytes: number;
}

const MAIN = join(import.meta.dirname, "../../dist/tracer-service/main.js");
const PATIENCE_MS = 30_000;
const SETTLE_MS = 5_000;

/** Starts the built service as deploy/ does, with its API and its history, on the first node; ends it again. */
export async function startService(kubeconfig: string, root: string): Promise<ServiceCost> {
  const state = mkdtempSync(join(tmpdir(), "process-logging-bench-"));
  const startedMs = performance.now();
  const service = spawn(
    MAIN,
    [
      ...["run", "--identity=kubernetes", `--node-name=${nodeName(0)}`, `--kubeconfig=${kubeconfig}`],
      ...[`--kubelet-cgroup-root=${root}`, "--listen=127.0.0.1:0", "--auth=kubernetes"],
      ...[`--state-dir=${state}`],
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let errors = "";
  service.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const ended = new Promise((resolve) => service.once("close", resolve));
  try {
    const first = await new Promise<Pick<ServiceCost, "firstLineMs" | "cpuMs">>((resolve, reject) => {
      const timer = globalThis.setTimeout(() => {
        reject(new Error(`the service has attributed nothing: ${errors.slice(-1_000)}`));
      }, PATIENCE_MS);
      const lines = createInterface({ input: service.stdout });
      lines.on("line", (line) => {
        if (!isAttributed(line)) return;
        clearTimeout(timer);
        resolve({ firstLineMs: performance.now() - startedMs, cpuMs: cpuMs(service.pid ?? 0) });
      });
      lines.once("close", () => {
        clearTimeout(timer);
        reject(new Error(`the service has ended: ${errors.slice(-1_000)}`));
      });
    });
    await setTimeout(SETTLE_MS);
    return { ...first, residentBytes: residentBytes(service.pid ?? 0) };
  } finally {
    service.kill();
    await ended;
    rmSync(state, { recursive: true, force: true });
  }
}

function isAttributed(line: string): boolean {
  const { msg, fields } = JSON.parse(line) as {
    readonly msg: string;
    readonly fields: {
      readonly labels?: { readonly username?: string };
      readonly kubernetes?: { readonly pod?: string };
    };
  };
  const number = Number(/^user(\d+)$/.exec(fields.labels?.username ?? "")?.[1]);
  return msg === "exec" && fields.kubernetes?.pod === podName(number);
}
