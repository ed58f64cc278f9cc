import { WorkBudget } from "./workBudget.ts";

/** What a workspace may have, ms of the processor: others wait so long for it at once, and then a twentieth of the time. */
const PER_SECOND_MS = 50;
const AT_ONCE_MS = 250;
/** The same for all together. */
const ALL_PER_SECOND_MS = 250;
const ALL_AT_ONCE_MS = 500;
/** Workspaces that are told apart at a time. */
const MAX_KNOWN = 4_096;

/** The two times that a budget is made of, ms. */
export interface WorkClock {
  readonly nowMs: () => number;
  /** Of the processor, in this thread: what a busy machine does in between is nobody's debt. */
  readonly cpuMs: () => number;
}

/** The clocks of this thread. */
export const threadClock: WorkClock = {
  nowMs: () => performance.now(),
  cpuMs: () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1_000;
  },
};

/** Shares the time that matching may take among workspaces. */
export class WorkBudgets {
  readonly #clock: WorkClock;
  readonly #all: WorkBudget;
  readonly #each = new Map<string, WorkBudget>();

  constructor(clock: WorkClock) {
    this.#clock = clock;
    this.#all = new WorkBudget(ALL_PER_SECOND_MS, ALL_AT_ONCE_MS, clock.nowMs());
  }

  /** Does the work on account of a workspace; undefined, and not done, where there is no time left for it. */
  run<Result>(workspace: string, work: () => Result): Result | undefined {
    const nowMs = this.#clock.nowMs();
    const own = this.#of(workspace, nowMs);
    if (!own.hasSome(nowMs) || !this.#all.hasSome(nowMs)) return undefined;
    const startMs = this.#clock.cpuMs();
    const result = work();
    const tookMs = this.#clock.cpuMs() - startMs;
    own.spend(tookMs);
    this.#all.spend(tookMs);
    return result;
  }

  #of(workspace: string, nowMs: number): WorkBudget {
    let own = this.#each.get(workspace);
    if (own === undefined) {
      if (this.#each.size >= MAX_KNOWN) this.#each.clear();
      own = new WorkBudget(PER_SECOND_MS, AT_ONCE_MS, nowMs);
      this.#each.set(workspace, own);
    }
    return own;
  }
}
