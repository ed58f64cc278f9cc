import type { RecordedExit } from "../../../protocol/recordedEvent.ts";
import type { ExecKey } from "./execKey.ts";

/** An end whose exec has not come yet, and the number of its line. */
export interface PendingExit {
  readonly exit: RecordedExit;
  readonly line: number;
}

const MAX_PENDING = 100_000;

/** Ends that came before their execs; of too many, the oldest go. */
export class PendingExits {
  readonly #byProcess = new Map<string, PendingExit>();
  readonly #release: (line: number) => void;

  constructor(release: (line: number) => void) {
    this.#release = release;
  }

  /** The first end that is told of a process counts; `keep` is asked for its line when it does. */
  add(origin: number, key: ExecKey, exit: RecordedExit, keep: () => number): void {
    const process = processKey(origin, key);
    if (this.#byProcess.has(process)) return;
    this.#byProcess.set(process, { exit, line: keep() });
    if (this.#byProcess.size <= MAX_PENDING) return;
    for (const [oldest, { line }] of this.#byProcess) {
      this.#byProcess.delete(oldest);
      this.#release(line);
      return;
    }
  }

  /** The end of this process, which is no longer kept here. */
  take(origin: number, key: ExecKey): PendingExit | undefined {
    if (this.#byProcess.size === 0) return undefined;
    const process = processKey(origin, key);
    const pending = this.#byProcess.get(process);
    this.#byProcess.delete(process);
    return pending;
  }

  /** Forgets what came from these origins. */
  removeOrigins(origins: ReadonlySet<number>): void {
    for (const [process, { line }] of this.#byProcess) {
      if (!origins.has(Number(process.slice(0, process.indexOf("."))))) continue;
      this.#byProcess.delete(process);
      this.#release(line);
    }
  }
}

function processKey(origin: number, { pid, startHigh, startLow }: ExecKey): string {
  return `${String(origin)}.${String(pid)}.${String(startHigh)}.${String(startLow)}`;
}
