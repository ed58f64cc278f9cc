import type { Loss } from "./lossReporter.ts";

/** A workspace of which nothing was withheld for so long is within its budget again. */
const QUIET_MS = 5_000;

interface Episode {
  readonly loss: Loss;
  lastNs: bigint;
  seenMs: number;
}

/** Knows of which workspaces execs are being withheld, from what was withheld since the last look. */
export class Throttling {
  readonly #episodes = new Map<number, Episode>();

  /** Says that the throttling of workspaces has ended, each as a loss of nothing over the time that it took. */
  see(losses: readonly Loss[], nowMs: number): Loss[] {
    for (const loss of losses) {
      if (loss.reason !== "over_budget") continue;
      const episode = this.#episodes.get(loss.owner);
      if (episode === undefined) this.#episodes.set(loss.owner, { loss, lastNs: loss.lastNs, seenMs: nowMs });
      else {
        episode.seenMs = nowMs;
        if (loss.lastNs > episode.lastNs) episode.lastNs = loss.lastNs;
      }
    }
    const ended: Loss[] = [];
    for (const [owner, { loss, lastNs, seenMs }] of this.#episodes) {
      if (nowMs - seenMs < QUIET_MS) continue;
      this.#episodes.delete(owner);
      const { cgroupKey, kind, firstNs } = loss;
      ended.push({ cgroupKey, owner, kind, reason: "within_budget", count: 0, firstNs, lastNs });
    }
    return ended;
  }
}
