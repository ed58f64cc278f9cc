// `npm run bench`, and of it `npm run bench:tracer`: what tracing costs, of our service and of the tools that Debian has for the same purpose.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { prepare, ROOT } from "../../scripts/prepare.mjs";
import { say } from "../../scripts/say.mjs";
import type { Bench } from "./bench.ts";
import { BenchCgroup } from "./benchCgroup.ts";
import { parseBenchOptions, type BenchOptions } from "./benchOptions.ts";
import { FULL_PLAN, QUICK_PLAN, QUICK_PLAN_OF_ALL } from "./benchPlan.ts";
import type { Figure } from "./figure.ts";
import { buildTime } from "./figures/buildTime.ts";
import { bursts } from "./figures/bursts.ts";
import { fidelity } from "./figures/fidelity.ts";
import { latency } from "./figures/latency.ts";
import { longRun } from "./figures/longRun.ts";
import { loss } from "./figures/loss.ts";
import { restCurve } from "./figures/restCurve.ts";
import { steadyLoad } from "./figures/steadyLoad.ts";
import { streamLatency } from "./figures/streamLatency.ts";
import { sustained } from "./figures/sustained.ts";
import { wallTime } from "./figures/wallTime.ts";
import { LoadGenerator } from "./load.ts";
import { describeMachine } from "./machine.ts";
import { compilePrograms } from "./programs.ts";
import { formatReport } from "./report.ts";
import { ourTool } from "./tools/ourTool.ts";
import { findPeers } from "./tools/peerTools.ts";

const METHOD = `Method: all tools did the same work in this run, by turns: posix_spawn of a small static program, each with an
argument of its own, in a cgroup v2 of the benchmark's own. Figures are medians of several runs, with the extremes.
Kernel time: run_time_ns of all BPF programs that the tool holds, with kernel.bpf_stats_enabled=1 (which adds some 80 ns
a program run), over the execs made. Tools without a scope trace everybody's execs: of theirs, and of ours out of scope,
it is the mean of all. CPU: utime + stime of the whole process, from before the load until the last line; "from the
start on" includes what a runtime does for the first time only. Latency: from before posix_spawn until a reader at the
other end of the pipe has the line. execsnoop runs under stdbuf -oL. "Stopped" is SIGSTOP. Wall time: against the
mean of the same without the tool, before and after; single ones scatter by several percent. "ours" does what the others
do, from the kernel to the log line; its API and its history, which are on by default and which the others have nothing
like, have a column of their own. Bursts, and "with none lost": execs as fast as the machine makes them from 4 spawners.
Builds: pairs, with gcc where it is there. Kinds of execs: the arguments between two marks, in what the tool writes;
"says so" where it marks that something is cut.`;

async function measure(bench: Bench, { groups }: BenchOptions): Promise<string> {
  const figures: Figure[] = [];
  const details: string[] = [];
  const take = (measured: {
    readonly figures: readonly Figure[];
    readonly details: readonly string[];
  }): void => {
    figures.push(...measured.figures);
    details.push(...measured.details);
  };
  if (groups.includes("steady")) take(await steadyLoad(bench));
  if (groups.includes("latency")) figures.push(...(await latency(bench)));
  if (groups.includes("loss")) take(await loss(bench));
  if (groups.includes("wall")) take(await wallTime(bench));
  if (groups.includes("build")) figures.push(await buildTime(bench));
  if (groups.includes("bursts")) figures.push(...(await bursts(bench)));
  if (groups.includes("stream")) figures.push(...(await streamLatency(bench)));
  if (groups.includes("sustained")) take(await sustained(bench));
  if (groups.includes("fidelity")) take(await fidelity(bench));
  const ours = [bench.ours().name, bench.oursWhole.name];
  const peers = bench.peers.map(({ name }) => name);
  const table = figures.length > 0 ? [formatReport(figures, ours, peers)] : [];
  if (groups.includes("curve")) details.push(`The flag --rest of ours, medians:\n${await restCurve(bench)}`);
  return [...table, ...details].join("\n\n");
}

async function main(options: BenchOptions, signal: AbortSignal): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error("tracing needs root: run this as root");
  if (options.dist === undefined) prepare("trace");
  const { tools: peers, skipped } =
    options.peers && !options.long ? findPeers(say) : { tools: [], skipped: [] };
  const name = `wpl-bench-${String(process.pid)}`;
  const directory = mkdtempSync(join(tmpdir(), "wpl-bench-"));
  process.once("exit", () => {
    rmSync(directory, { recursive: true, force: true });
  });
  const programs = compilePrograms(directory);
  const cgroup = new BenchCgroup(name);
  try {
    const rules = join(directory, "rules.yaml");
    writeFileSync(rules, `rules:\n  - cgroup: ${cgroup.root}/{username}/{workspace_name}\n`);
    const dist = options.dist ?? join(ROOT, "dist");
    const apiSocket = join(directory, "api.sock");
    const plan = !options.quick ? FULL_PLAN : options.all ? QUICK_PLAN_OF_ALL : QUICK_PLAN;
    const bench: Bench = {
      plan: options.runs === undefined ? plan : { ...plan, runs: options.runs },
      programs,
      generator: new LoadGenerator(programs, directory, `${name}-`, signal),
      cgroup,
      directory,
      ours: (...flags) => ourTool("ours", dist, rules, ["--listen", "none", "--state-dir", "none", ...flags]),
      oursWhole: ourTool("ours with API and history", dist, rules, [
        ...["--listen", `unix:${apiSocket}`],
        ...["--state-dir", join(directory, "history")],
      ]),
      apiSocket,
      peers,
      signal,
      say,
    };
    const before = describeMachine();
    const report = options.long ? await longRun(bench) : await measure(bench, options);
    const versions = [bench.ours(), ...peers].map((tool) => `${tool.name}: ${tool.version}`);
    process.stdout.write(
      `\n${[`before: ${before}`, `after: ${describeMachine()}`, ...versions, ...skipped, "", report, "", METHOD].join("\n")}\n`,
    );
  } finally {
    await cgroup.remove();
  }
}

const abort = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    abort.abort(new Error(`ended by ${signal}`));
  });
}
try {
  await main(parseBenchOptions(process.argv.slice(2)), abort.signal);
} catch (error) {
  const cause: unknown = abort.signal.aborted ? abort.signal.reason : error;
  say(`bench: ${cause instanceof Error ? cause.message : String(cause)}`);
  process.exitCode = 1;
}
