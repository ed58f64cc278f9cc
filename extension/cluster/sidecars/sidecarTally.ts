import type { RecordedEvent } from "../../../protocol/recordedEvent.ts";

/** So long after its last program a workspace counts as busy. */
const BUSY_MS = 60_000;
const MAX_COMMAND = 256;

/** What a sidecar's log tells of its workspace, counted on since it is followed. */
export interface SidecarFacts {
  readonly execs: number;
  readonly lost: number;
  readonly lastMs: number | undefined;
  readonly lastCommand: string | undefined;
  /** Labels in its lines that say something else than the pod. */
  readonly differs: readonly string[];
}

const NOTHING: SidecarFacts = { execs: 0, lost: 0, lastMs: undefined, lastCommand: undefined, differs: [] };

/** Counts what the sidecars of pods tell, by the pods' uids. */
export class SidecarTally {
  readonly #facts = new Map<string, SidecarFacts>();
  readonly #changed = new Set<string>();
  readonly #busy = new Set<string>();

  of(uid: string): SidecarFacts | undefined {
    return this.#facts.get(uid);
  }

  add(uid: string, event: RecordedEvent, differs: readonly string[]): void {
    const before = this.#facts.get(uid) ?? NOTHING;
    this.#changed.add(uid);
    const facts = differs.length === 0 ? before : { ...before, differs };
    if (event.type === "exec" && !event.beforeTracing) {
      const { timeMs, cmdline } = event;
      this.#facts.set(uid, { ...facts, execs: facts.execs + 1, lastMs: timeMs, lastCommand: cut(cmdline) });
      this.#busy.add(uid);
    } else {
      this.#facts.set(uid, event.type === "lost" ? { ...facts, lost: facts.lost + event.count } : facts);
    }
  }

  forget(uid: string): void {
    this.#facts.delete(uid);
    this.#busy.delete(uid);
  }

  /** Uids of which something else is to be shown than at the last call: also those that became idle. */
  takeChanged(nowMs: number): ReadonlySet<string> {
    for (const uid of this.#busy) {
      if (isBusy(this.#facts.get(uid), nowMs)) continue;
      this.#busy.delete(uid);
      this.#changed.add(uid);
    }
    const changed = new Set(this.#changed);
    this.#changed.clear();
    return changed;
  }
}

/** Whether a program ran in the last minute. */
export function isBusy(facts: SidecarFacts | undefined, nowMs: number): boolean {
  return facts?.lastMs !== undefined && nowMs - facts.lastMs < BUSY_MS;
}

function cut(command: string): string {
  return command.length <= MAX_COMMAND ? command : `${command.slice(0, MAX_COMMAND - 1)}…`;
}
