import type { HeartbeatFacts } from "./clusterObjects.ts";

/**
 * When each node's kubelet was last seen alive: the moment at which its lease was seen to be renewed, by this
 * machine's clock. The time in the lease is another machine's, and only tells renewals apart. Times are ms.
 */
export class Heartbeats {
  readonly #seen = new Map<string, { renewTime: string; atMs: number }>();

  renewed({ name, renewTime }: HeartbeatFacts, nowMs: number): void {
    const seen = this.#seen.get(name);
    if (seen?.renewTime !== renewTime) this.#seen.set(name, { renewTime, atMs: nowMs });
  }

  gone(name: string): void {
    this.#seen.delete(name);
  }

  /** Nothing was heard for a while, of anybody: that says nothing of the kubelets, and each gets its time anew. */
  resumed(nowMs: number): void {
    for (const seen of this.#seen.values()) seen.atMs = nowMs;
  }

  /** Undefined for a node that has no lease. */
  lastMs(name: string): number | undefined {
    return this.#seen.get(name)?.atMs;
  }
}
