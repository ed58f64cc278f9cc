import type { ThrottledOwner } from "../kernel/lossCounters.ts";
import type { Loss } from "./lossReporter.ts";

/** A workspace of which nothing was withheld for so long is within its budget again. */
const QUIET_MS = 5_000;

interface Episode extends ThrottledOwner {
  readonly seenMs: number;
}

/** Knows of which workspaces execs are being withheld, from what was withheld since the last look. */
export class Throttling {
  readonly #episodes = new Map<number, Episode>();

  /** Takes over what an earlier reader has told the begin of; each ends no sooner than if it were seen now. */
  resume(throttled: readonly ThrottledOwner[], nowMs: number): void {
    for (const each of throttled) this.#add(each, nowMs);
  }

  /** The throttling that goes on for these losses, as far as any of them tells of one. */
  of(losses: readonly Loss[]): ThrottledOwner[] {
    const owners = new Set(losses.filter(({ reason }) => reason === "over_budget").map(({ owner }) => owner));
    return [...owners].flatMap((owner) => this.#episodes.get(owner) ?? []);
  }

  /** Says that the throttling of workspaces has ended, each as a loss of nothing over the time that it took. */
  see(losses: readonly Loss[], nowMs: number): Loss[] {
    for (const loss of losses) if (loss.reason === "over_budget") this.#add(loss, nowMs);
    const ended: Loss[] = [];
    for (const [owner, { cgroupKey, firstNs, lastNs, seenMs }] of this.#episodes) {
      if (nowMs - seenMs < QUIET_MS) continue;
      this.#episodes.delete(owner);
      ended.push({ cgroupKey, owner, kind: "exec", reason: "within_budget", count: 0, firstNs, lastNs });
    }
    return ended;
  }

  #add({ cgroupKey, owner, firstNs, lastNs }: ThrottledOwner, seenMs: number): void {
    const known = this.#episodes.get(owner);
    const last = known === undefined || lastNs > known.lastNs ? lastNs : known.lastNs;
    const began = known ?? { cgroupKey, firstNs };
    this.#episodes.set(owner, {
      owner,
      cgroupKey: began.cgroupKey,
      firstNs: began.firstNs,
      lastNs: last,
      seenMs,
    });
  }
}
