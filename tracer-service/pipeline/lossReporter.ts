import type { LossReason, LostKind } from "../../protocol/events.ts";
import type { DecodedText } from "../decode/decodeText.ts";
import { constants } from "../kernel/layout.ts";
import type { KernelLoss } from "../kernel/lossCounters.ts";

/** Losses of one cgroup since the last report; times on the boot clock, ns. */
export interface Loss {
  readonly cgroupKey: bigint;
  readonly owner: number;
  readonly kind: LostKind;
  readonly reason: LossReason;
  readonly count: number;
  readonly firstNs: bigint;
  readonly lastNs: bigint;
  /** Name of the program whose execs were withheld. */
  readonly program?: DecodedText;
  /** The counter that it was read from; undefined where it comes from elsewhere. */
  readonly counter?: KernelLoss;
}

/** Where the kernel's loss counters are read. */
export interface LossSource {
  /** Grows with every loss anywhere: cheap to look at. */
  total(): bigint;
  read(): KernelLoss[];
  readOverflow(owner: number): KernelLoss[];
  forget(loss: KernelLoss): void;
  /** What was counted for cgroups whose counters have been freed. */
  readonly forgotten: bigint;
  /** How far an earlier reader has told a loss. */
  told(loss: KernelLoss): Told | undefined;
  /** Leaves to the next reader that a loss was told so far. */
  keepTold(loss: KernelLoss): void;
}

const KINDS: Readonly<Record<number, readonly [LostKind, LossReason]>> = {
  [constants.LOST_EXEC_RING_FULL]: ["exec", "ring_full"],
  [constants.LOST_EXEC_SCRATCH_BUSY]: ["exec", "scratch_busy"],
  [constants.LOST_EXEC_REFUSED]: ["exec", "recursion"],
  [constants.LOST_EXIT_RING_FULL]: ["exit", "ring_full"],
  [constants.LOST_EXIT_TABLE_FULL]: ["exit", "process_table_full"],
  [constants.LOST_CGROUP_RING_FULL]: ["cgroup", "ring_full"],
  [constants.LOST_LINEAGE_TABLE_FULL]: ["lineage", "process_table_full"],
  [constants.LOST_NAMESPACE_TABLE_FULL]: ["namespace", "namespace_table_full"],
  [constants.WITHHELD_EXEC]: ["exec", "over_budget"],
  [constants.SHORTENED_ARGS]: ["arguments", "over_budget"],
  [constants.WITHHELD_CGROUP]: ["cgroup", "over_cgroup_budget"],
};

interface Told {
  readonly count: bigint;
  readonly lastNs: bigint;
}

/** Turns the kernel's running counters into reports of what is new, each loss told once. */
export class LossReporter {
  readonly #source: LossSource;
  readonly #told = new Map<string, Told>();
  /** The counters as they were read last. */
  #counters: readonly KernelLoss[] = [];
  #cgroups = new Set<bigint>();
  #total = 0n;

  constructor(source: LossSource) {
    this.#source = source;
  }

  /** What was lost since the last call; empty nearly always, and then as cheap as one load. */
  report(): Loss[] {
    const total = this.#source.total();
    if (total === this.#total) return [];
    const losses: Loss[] = [];
    let found = 0n;
    this.#counters = this.#source.read();
    this.#cgroups = new Set(this.#counters.map(({ cgroupKey }) => cgroupKey));
    for (const loss of this.#counters) {
      found += loss.count;
      this.#tell(loss, losses);
    }
    // Counters of cgroups that found no place of their own: only worth a look when the sum says so.
    if (found + this.#source.forgotten < total) {
      for (let owner: number = constants.FIRST_OWNER; owner < constants.OWNERS; owner++) {
        for (const loss of this.#source.readOverflow(owner)) this.#tell(loss, losses);
      }
    }
    this.#total = total;
    return losses;
  }

  /** Whether there may be losses of this cgroup, told or not; as cheap as one load nearly always. */
  mayHaveLost(cgroupKey: bigint): boolean {
    return this.#source.total() !== this.#total || this.#cgroups.has(cgroupKey);
  }

  /** Frees the counters of cgroups that are gone; call it after their losses were reported. */
  forgetCgroups(cgroupKeys: ReadonlySet<bigint>): void {
    const gone = this.#counters.filter(({ cgroupKey }) => cgroupKeys.has(cgroupKey));
    if (gone.length === 0) return;
    for (const loss of gone) {
      this.#told.delete(keyOf(loss));
      this.#source.forget(loss);
    }
    this.#counters = this.#counters.filter(({ cgroupKey }) => !cgroupKeys.has(cgroupKey));
    for (const cgroupKey of cgroupKeys) this.#cgroups.delete(cgroupKey);
  }

  /** Leaves to the next reader that these were told; call it when they have arrived where they are kept. */
  keepTold(losses: readonly Loss[]): void {
    for (const { counter } of losses) {
      if (counter !== undefined && this.#told.has(keyOf(counter))) this.#source.keepTold(counter);
    }
  }

  #tell(loss: KernelLoss, losses: Loss[]): void {
    const key = keyOf(loss);
    const told = this.#told.get(key) ?? this.#source.told(loss);
    const count = loss.count - (told?.count ?? 0n);
    const kind = KINDS[loss.reason];
    if (count <= 0n || kind === undefined) return;
    // The kernel's first time may be that of a period already told, when the counter moved while it was read.
    const firstNs = told !== undefined && loss.firstNs < told.lastNs ? told.lastNs : loss.firstNs;
    this.#told.set(key, { count: loss.count, lastNs: loss.lastNs });
    losses.push({
      cgroupKey: loss.cgroupKey,
      owner: loss.owner,
      kind: kind[0],
      reason: kind[1],
      count: Number(count),
      firstNs,
      lastNs: loss.lastNs,
      ...(loss.comm.text !== "" && { program: loss.comm }),
      counter: loss,
    });
  }
}

function keyOf(loss: KernelLoss): string {
  return `${String(loss.cgroupKey)}/${String(loss.owner)}/${String(loss.reason)}/${String(loss.program)}`;
}
