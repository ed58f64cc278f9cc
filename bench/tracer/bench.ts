import type { BenchCgroup } from "./benchCgroup.ts";
import type { BenchPlan } from "./benchPlan.ts";
import type { LoadGenerator } from "./load.ts";
import type { Programs } from "./programs.ts";
import type { Tool } from "./tools/tool.ts";

/** All that a measurement needs. */
export interface Bench {
  readonly plan: BenchPlan;
  readonly programs: Programs;
  readonly generator: LoadGenerator;
  readonly cgroup: BenchCgroup;
  /** For files. */
  readonly directory: string;
  /** Our service as far as it does what the peers do, from the kernel to the log, with additional flags. */
  readonly ours: (...flags: readonly string[]) => Tool;
  /** The same with its API and its history, as it is by default. */
  readonly oursWhole: Tool;
  /** Where the latter serves its API. */
  readonly apiSocket: string;
  readonly peers: readonly Tool[];
  /** Aborted when the user ends the benchmark. */
  readonly signal: AbortSignal;
  /** Tells the user what happens, on stderr. */
  readonly say: (line: string) => void;
}
