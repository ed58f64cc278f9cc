import type { TracerEvent } from "../../protocol/events.ts";
import type { NodeState } from "../../protocol/stream.ts";
import { RateMeter } from "./rateMeter.ts";
import type { Visibility } from "./visibility.ts";
import { isNobodys } from "./isNobodys.ts";

/** The counters of a node that depend on whose events a reader may see. */
export type NodeCounts = Pick<NodeState, "rate" | "execs" | "exits" | "lost" | "unattributed">;

interface Entry {
  readonly rate: RateMeter;
  execs: number;
  exits: number;
  lost: number;
  unattributed: number;
}

/** Counts events by namespace, so that nobody's numbers tell of others' work. */
export class NamespaceCounts {
  readonly #entries = new Map<string | undefined, Entry>();

  /** Those that had events so far. */
  get namespaces(): readonly string[] {
    return [...this.#entries.keys()].filter((each) => each !== undefined);
  }

  event(event: TracerEvent): void {
    const namespace = event.pod?.namespace;
    let entry = this.#entries.get(namespace);
    if (entry === undefined) {
      entry = { rate: new RateMeter(), execs: 0, exits: 0, lost: 0, unattributed: 0 };
      this.#entries.set(namespace, entry);
    }
    if (isNobodys(event)) entry.unattributed++;
    switch (event.type) {
      case "exec":
        entry.execs++;
        break;
      case "exit":
        entry.exits++;
        break;
      case "lost":
        entry.lost += event.count;
        break;
    }
  }

  /** To be called once a second. */
  tick(): void {
    for (const { rate, execs } of this.#entries.values()) rate.tick(execs);
  }

  /** Of all that is visible together. */
  sum(visible: Visibility): NodeCounts {
    const sum = { rate: 0, execs: 0, exits: 0, lost: 0, unattributed: 0 };
    for (const [namespace, entry] of this.#entries) {
      if (!visible(namespace)) continue;
      sum.rate += entry.rate.perSecond;
      sum.execs += entry.execs;
      sum.exits += entry.exits;
      sum.lost += entry.lost;
      sum.unattributed += entry.unattributed;
    }
    return sum;
  }
}
