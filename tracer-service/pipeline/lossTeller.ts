import type { LossReason, TracerEvent } from "../../protocol/events.ts";
import type { Attributed, IdentityProvider } from "../identity/identityProvider.ts";
import type { CoverGap, KernelTracer } from "../kernel/kernelTracer.ts";
import type { EventFactory } from "./eventFactory.ts";
import type { EventWriter } from "./eventWriter.ts";
import type { LossCounters } from "../kernel/lossCounters.ts";
import { LossReporter, type Loss } from "./lossReporter.ts";
import type { RingKeeping } from "./ringKeeping.ts";
import { Throttling } from "./throttling.ts";
import { TimeShare } from "../cgroup/timeShare.ts";
import type { WallClock } from "./wallClock.ts";

/** What losses are told with. */
export interface LossTellerParts {
  readonly kernel: Pick<KernelTracer, "losses" | "recursionMisses" | "findRefused" | "state">;
  readonly provider: Pick<IdentityProvider, "resynchronise" | "cgroupRemoved">;
  readonly events: EventFactory;
  readonly clock: WallClock;
  readonly keeping: RingKeeping;
  readonly writer: Pick<EventWriter, "take">;
  readonly write: (event: TracerEvent) => void;
}

const REPORT_INTERVAL_MS = 1000;
const NOBODYS: Attributed = { workspace: undefined, cgroup: undefined };

/** Tells what was lost, each loss once; of what was told and not yet kept the next reader learns nothing, and tells it again. */
export class LossTeller {
  readonly #parts: LossTellerParts;
  readonly #reporter: LossReporter;
  readonly #throttling = new Throttling();
  /** Cgroups that are gone, and stay known until their losses have been told. */
  #gone: bigint[] = [];
  /** Cgroups were lost sight of, and it is not yet looked for what there is. */
  #lostSight = false;
  readonly #looking = new TimeShare();
  #reportedMs = Number.NEGATIVE_INFINITY;
  #recursionCheckedNs: bigint;
  #recursionMisses: bigint;

  constructor(parts: LossTellerParts) {
    this.#parts = parts;
    this.#reporter = new LossReporter(parts.kernel.losses);
    this.#throttling.resume(parts.kernel.losses.throttled(), performance.now());
    this.#recursionCheckedNs = parts.clock.nowBootNs();
    this.#recursionMisses = parts.kernel.state.recursionTold;
  }

  /** Tells what is new when it is time again, and whether it was. */
  tellNowAndThen(): boolean {
    const now = performance.now();
    if (now - this.#reportedMs < REPORT_INTERVAL_MS) return false;
    this.#reportedMs = now;
    this.findRefused();
    this.tellLosses();
    if (this.#lostSight && this.#looking.spend(this.#look)) this.#lostSight = false;
    this.tellRecursion();
    return true;
  }

  tellLosses(): void {
    this.#seeThrottling(this.#tell(this.#reporter));
    this.#forgetGone();
  }

  /** Tells what an earlier load of the programs lost and nobody has told; whom they throttled has a new budget. */
  tellEarlier(source: LossCounters): void {
    const throttled = source.throttled();
    this.#throttling.resume(throttled, performance.now());
    for (const each of throttled) this.#parts.kernel.losses.keepThrottled(each);
    this.#seeThrottling(this.#tell(new LossReporter(source)));
  }

  /** Tells whose throttling has ended, and leaves to the next reader whose has not. */
  #seeThrottling(told: readonly Loss[]): void {
    const { kernel, keeping } = this.#parts;
    const ended = this.#throttling.see(told, performance.now());
    for (const loss of ended) this.#take(loss);
    const throttled = this.#throttling.of(told);
    if (ended.length + throttled.length === 0) return;
    keeping.whenKept(() => {
      for (const each of throttled) kernel.losses.keepThrottled(each);
      for (const each of ended) kernel.losses.forgetThrottled(each);
    });
  }

  /**
   * Has a cgroup that is gone forgotten: now, or when the losses are told the next time, as long as it can still be named.
   * Whoever makes and removes cgroups all day does not have the counters read for each.
   */
  cgroupRemoved(cgroupKey: bigint): void {
    if (this.#reporter.mayHaveLost(cgroupKey)) this.#gone.push(cgroupKey);
    else this.#parts.provider.cgroupRemoved(cgroupKey);
  }

  #forgetGone(): void {
    if (this.#gone.length === 0) return;
    const gone = new Set(this.#gone);
    this.#gone = [];
    for (const cgroupKey of gone) this.#parts.provider.cgroupRemoved(cgroupKey);
    this.#parts.keeping.whenKept(() => {
      this.#reporter.forgetCgroups(gone);
    });
  }

  readonly #look = (): void => {
    this.#parts.provider.resynchronise();
  };

  /** Has the kernel look whose the execs were for which it ran no program: `tellLosses` tells them then. To be called while the programs collect. */
  findRefused(): void {
    const { kernel } = this.#parts;
    if (kernel.recursionMisses() > this.#recursionMisses) kernel.findRefused();
  }

  /** Programs that the kernel did not run because they would have interrupted themselves, where nobody knows whose events they were for. */
  tellRecursion(): void {
    const { kernel, clock, keeping } = this.#parts;
    const since = this.#recursionCheckedNs;
    this.#recursionCheckedNs = clock.nowBootNs();
    const misses = kernel.recursionMisses();
    if (misses > this.#recursionMisses) {
      this.#tellNobodys("recursion", Number(misses - this.#recursionMisses), since, this.#recursionCheckedNs);
      keeping.whenKept(() => {
        kernel.state.recursionTold = misses > 0n ? misses : 0n;
      });
    }
    this.#recursionMisses = misses;
  }

  tellUndecodable(count = 1): void {
    const now = this.#parts.clock.nowBootNs();
    this.#tellNobodys("undecodable", count, now, now);
  }

  /** A time in which nothing was collected, and so nobody knows how much was lost. */
  tellGap({ reason, firstNs, lastNs }: CoverGap): void {
    const { events, write } = this.#parts;
    const gap = { cgroupKey: 0n, owner: 0, kind: "cover", reason, count: 1, firstNs, lastNs } as const;
    write(events.lost(gap, NOBODYS));
  }

  #take(loss: Loss): void {
    const loginUid = this.#parts.kernel.losses.loginUid(loss.owner);
    this.#parts.writer.take({ type: "lost", loss }, { ...loss, loginUid });
  }

  #tell(reporter: LossReporter): readonly Loss[] {
    const { keeping } = this.#parts;
    const losses = reporter.report();
    if (losses.length === 0) return losses;
    for (const loss of losses) this.#take(loss);
    keeping.whenKept(() => {
      reporter.keepTold(losses);
    });
    if (losses.some(({ kind }) => kind === "cgroup")) this.#lostSight = true;
    return losses;
  }

  #tellNobodys(reason: LossReason, count: number, firstNs: bigint, lastNs: bigint): void {
    const { events, write } = this.#parts;
    write(events.lost({ cgroupKey: 0n, owner: 0, kind: "exec", reason, count, firstNs, lastNs }, NOBODYS));
  }
}
