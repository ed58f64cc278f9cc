import { Session, type Profiler } from "node:inspector";

/** Which blocks of our own code have run, as V8 counts them. */
export class BlockCoverage {
  readonly #session = new Session();
  readonly #seen = new Set<string>();
  readonly #isOurs: (url: string) => boolean;

  /** `isOurs`: whether a script, by its URL, is looked at. */
  constructor(isOurs: (url: string) => boolean) {
    this.#isOurs = isOurs;
    this.#session.connect();
    this.#post("Profiler.enable");
    this.#post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** Blocks that ran since the last call and were not accepted yet. */
  takeUnseen(): string[] {
    const unseen: string[] = [];
    const { result } = this.#post("Profiler.takePreciseCoverage") as Profiler.TakePreciseCoverageReturnType;
    for (const { scriptId, url, functions } of result) {
      if (!this.#isOurs(url)) continue;
      for (const { startOffset, endOffset, count } of functions.flatMap(({ ranges }) => ranges)) {
        const block = `${scriptId}:${String(startOffset)}-${String(endOffset)}`;
        if (count > 0 && !this.#seen.has(block)) unseen.push(block);
      }
    }
    return unseen;
  }

  /** From now on these are nothing new. */
  accept(blocks: readonly string[]): void {
    for (const block of blocks) this.#seen.add(block);
  }

  close(): void {
    this.#session.disconnect();
  }

  /** The inspector of this very thread answers before the call returns. */
  #post(method: string, parameters: object = {}): unknown {
    let answer: unknown;
    this.#session.post(method, parameters, (error, result) => {
      if (error !== null) throw new Error(`the inspector refused ${method}: ${error.message}`);
      answer = result;
    });
    return answer;
  }
}
