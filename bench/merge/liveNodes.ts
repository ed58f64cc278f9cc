import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { systemClock } from "../../extension/clock.ts";
import { TracerSource } from "../../extension/source/tracerSource.ts";
import { openWebSocket } from "../../extension/source/webSocket.ts";
import { MergedFlows } from "../../extension/stream/mergedFlows.ts";
import { ROOT } from "../../scripts/prepare.mjs";
import { BenchCgroup } from "../tracer/benchCgroup.ts";
import { LoadGenerator } from "../tracer/load.ts";
import { compilePrograms } from "../tracer/programs.ts";
import { until } from "../webview/benchEditor.ts";

const DRAIN_MS = 1_000;

/** What became of the execs that several tracers told of, ms. */
export interface LiveMerge {
  /** From before the spawn until the line is out of the merge. */
  readonly delays: readonly number[];
  /** Of that, in the merge. */
  readonly holds: readonly number[];
  /** Execs that went out after later ones of other nodes, and by how much later these were at most. */
  readonly disordered: number;
  readonly disorderedByMs: number;
}

/**
 * Starts one real tracer for each rate, with a scope of its own, lets programs run in each at that many a second, and brings
 * their streams together as the extension does.
 */
export async function mergeLiveNodes(
  rates: readonly number[],
  seconds: number,
  signal: AbortSignal,
): Promise<LiveMerge> {
  const directory = mkdtempSync(join(tmpdir(), "wpl-bench-"));
  const nodes: LiveNode[] = [];
  try {
    for (const [number, rate] of rates.entries()) nodes.push(new LiveNode(directory, number, rate, signal));
    for (const node of nodes) await node.isTracing();
    const merge = new Merge(nodes);
    try {
      await merge.isConnected();
      const spawned = await Promise.all(nodes.map((node) => node.load(seconds)));
      await setTimeout(DRAIN_MS);
      return merge.result(new Map(spawned.flatMap((each) => [...each])));
    } finally {
      merge.close();
    }
  } finally {
    for (const node of nodes) await node.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A tracer, and programs that run in its scope. */
class LiveNode {
  readonly name: string;
  readonly socket: string;
  readonly #rate: number;
  readonly #cgroup: BenchCgroup;
  readonly #generator: LoadGenerator;
  readonly #tracer: ReturnType<typeof spawn>;
  #said = "";

  constructor(parent: string, number: number, rate: number, signal: AbortSignal) {
    this.name = `wpl-bench-${String(process.pid)}-${String(number)}`;
    const directory = join(parent, String(number));
    mkdirSync(directory);
    this.socket = join(directory, "tracer.sock");
    this.#rate = rate;
    this.#cgroup = new BenchCgroup(this.name);
    this.#generator = new LoadGenerator(compilePrograms(directory), directory, `${this.name}-`, signal);
    const rules = join(directory, "rules.yaml");
    writeFileSync(rules, `rules:\n  - cgroup: ${this.#cgroup.root}/{username}/{workspace_name}\n`);
    this.#tracer = spawn(
      process.execPath,
      [
        join(ROOT, "dist/tracer-service/main.js"),
        ...["run", "--rules", rules, "--listen", `unix:${this.socket}`, "--log", "none"],
        ...["--state-dir", join(directory, "state")],
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    this.#tracer.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#said += text));
  }

  async isTracing(): Promise<void> {
    try {
      await until("the tracer traces", () => (this.#said.includes('"msg":"tracing"') ? true : undefined));
    } catch (error) {
      throw new Error(`a tracer does not start: ${this.#said.slice(-1_000)}`, { cause: error });
    }
  }

  /** When each program was spawned, by its mark, ms since 1970. */
  async load(seconds: number): Promise<ReadonlyMap<string, number>> {
    const count = Math.round(seconds * this.#rate);
    const load = { count, rate: this.#rate, spawners: 1, cgroup: this.#cgroup.workspace };
    const { run, spawnedNs } = await this.#generator.run(load);
    const mark = (number: number): string => `${this.name}-${String(run)}-${String(number)}`;
    return new Map([...spawnedNs].map((ns, number) => [mark(number), Number(ns) / 1e6]));
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#tracer.once("close", resolve));
    if (this.#tracer.exitCode === null) {
      this.#tracer.kill("SIGTERM");
      await ended;
    }
    await this.#cgroup.remove();
  }
}

/** The extension's part, from the socket to what the view is given. */
class Merge {
  readonly #flows = new MergedFlows({ clock: systemClock, onLate: () => undefined });
  readonly #sources: readonly TracerSource[];
  readonly #came = new Map<string, number>();
  readonly #went: { readonly mark: string; readonly node: string; readonly atMs: number }[] = [];

  constructor(nodes: readonly LiveNode[]) {
    this.#sources = nodes.map(
      ({ name, socket }) =>
        new TracerSource({
          ...{ id: name, name, clock: systemClock, log: () => undefined },
          open: (handlers) =>
            openWebSocket({ type: "unix", socketPath: socket }, { token: undefined }, handlers),
        }),
    );
  }

  async isConnected(): Promise<void> {
    for (const source of this.#sources) {
      await until("a stream is open", () => (source.state.type === "connected" ? true : undefined));
      const marks = new RegExp(`"msg":"exec".*?(${source.id}-\\d+-\\d+)`, "g");
      const marksIn = (lines: Uint8Array): string[] =>
        [...Buffer.from(lines).toString().matchAll(marks)].map(([, mark = ""]) => mark);
      const flow = this.#flows.open(source.id, {
        events: (lines) => {
          for (const mark of marksIn(lines)) this.#went.push({ mark, node: source.id, atMs: nowMs() });
          return Promise.resolve();
        },
        gap: () => undefined,
      });
      this.#flows.setLive(source.id, true);
      source.subscribe(
        { usernames: [], workspaces: [] },
        {
          events: (lines) => {
            for (const mark of marksIn(lines)) this.#came.set(mark, nowMs());
            return flow.events(lines);
          },
          gap: () => undefined,
        },
      );
    }
  }

  result(spawnedMs: ReadonlyMap<string, number>): LiveMerge {
    const delays: number[] = [];
    const holds: number[] = [];
    let disordered = 0;
    let disorderedByMs = 0;
    const latest = new Map<string, number>();
    for (const { mark, node, atMs } of this.#went) {
      const ms = spawnedMs.get(mark);
      if (ms === undefined) continue;
      delays.push(atMs - ms);
      holds.push(atMs - (this.#came.get(mark) ?? NaN));
      const byMs = Math.max(0, ...[...latest].map(([other, last]) => (other === node ? 0 : last - ms)));
      if (byMs > 0) disordered++;
      disorderedByMs = Math.max(disorderedByMs, byMs);
      latest.set(node, Math.max(latest.get(node) ?? -Infinity, ms));
    }
    if (delays.length !== spawnedMs.size)
      throw new Error(`of ${String(spawnedMs.size)} execs ${String(delays.length)} came`);
    return { delays, holds, disordered, disorderedByMs };
  }

  close(): void {
    for (const source of this.#sources) source.dispose();
    this.#flows.dispose();
  }
}

function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
