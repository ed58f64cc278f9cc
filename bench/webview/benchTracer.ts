import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../../scripts/prepare.mjs";
import { BenchCgroup } from "../tracer/benchCgroup.ts";
import { LoadGenerator } from "../tracer/load.ts";
import { compilePrograms } from "../tracer/programs.ts";
import { until } from "./benchEditor.ts";

/** A tracer with all that is on by default, of a workspace that the benchmark makes. */
export interface BenchTracer {
  /** What the arguments of its execs begin with. */
  readonly name: string;
  readonly processId: number;
  readonly socket: string;
  /** Makes execs in the workspace. */
  readonly generator: LoadGenerator;
  /** Directory of the workspace's cgroup. */
  readonly workspace: string;
  close(): Promise<void>;
}

/** Starts one that keeps all its files in `directory`; `signal` ends its load. Throws where this kernel can't trace. */
export async function startBenchTracer(directory: string, signal: AbortSignal): Promise<BenchTracer> {
  const name = `wpl-bench-${String(process.pid)}`;
  const generator = new LoadGenerator(compilePrograms(directory), directory, `${name}-`, signal);
  const cgroup = new BenchCgroup(name);
  const rules = join(directory, "rules.yaml");
  const socket = join(directory, "tracer.sock");
  writeFileSync(rules, `rules:\n  - cgroup: ${cgroup.root}/{username}/{workspace_name}\n`);
  const flags = [
    "run",
    "--rules",
    rules,
    "--listen",
    `unix:${socket}`,
    "--state-dir",
    join(directory, "state"),
  ];
  // Not by this process's node: the program itself says how the engine is to run it.
  const tracer = spawn(join(ROOT, "dist/tracer-service/main.js"), flags, {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  tracer.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const ended = new Promise((resolve) => tracer.once("close", resolve));
  const close = async (): Promise<void> => {
    tracer.kill("SIGTERM");
    await ended;
    await cgroup.remove();
  };
  try {
    await until("the tracer traces", () => (said.includes('"msg":"tracing"') ? true : undefined));
  } catch (error) {
    await close();
    throw error;
  }
  return { name, processId: tracer.pid ?? 0, socket, generator, workspace: cgroup.workspace, close };
}
