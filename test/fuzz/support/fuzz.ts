import type { BlockCoverage } from "./blockCoverage.ts";
import { findFault, type FuzzTarget } from "./fuzzTarget.ts";
import { mutate } from "./mutate.ts";
import { Random } from "./random.ts";

/** Inputs between two looks at the coverage, which cost as much as some hundred inputs. */
const ROUND = 200;

/** An input that a target did not take well. */
export interface Finding {
  readonly input: Buffer;
  readonly fault: string;
}

/** How to fuzz. */
export interface FuzzOptions {
  readonly seed: number;
  readonly inputs: number;
  /** Kept inputs; those that reach something new are added. */
  readonly corpus: Buffer[];
  /** Undefined: inputs are made of the corpus as it is. */
  readonly coverage?: BlockCoverage;
  /** An input that reached a new block of code. */
  readonly onNew?: (input: Buffer) => void;
}

/** Gives a target its corpus, then inputs made of it; returns the first that it did not take well, if there is one. */
export function fuzz(target: FuzzTarget, options: FuzzOptions): Finding | undefined {
  const { inputs, corpus, coverage } = options;
  const random = new Random(options.seed);
  const words = (target.words ?? []).map((word) => Buffer.from(word));
  corpus.unshift(...target.seeds.map((seed) => Buffer.from(seed as string)));
  for (const input of corpus) {
    const fault = findFault(target, input);
    if (fault !== undefined) return { input, fault };
  }
  coverage?.accept(coverage.takeUnseen());
  let round: Buffer[] = [];
  for (let made = 0; made < inputs; made++) {
    const input = mutate(random, corpus, words);
    const fault = findFault(target, input);
    if (fault !== undefined) return { input, fault };
    if (coverage === undefined) continue;
    round.push(input);
    if (round.length < ROUND && made + 1 < inputs) continue;
    keepNew(target, coverage, round, options);
    round = [];
  }
  return undefined;
}

/** Keeps those inputs of a round that reached a block which nothing before had reached. */
function keepNew(
  target: FuzzTarget,
  coverage: BlockCoverage,
  round: readonly Buffer[],
  { corpus, onNew }: FuzzOptions,
): void {
  const unseen = coverage.takeUnseen();
  if (unseen.length === 0) return;
  for (const input of round) {
    findFault(target, input);
    const reached = coverage.takeUnseen();
    if (reached.length === 0) continue;
    coverage.accept(reached);
    corpus.push(input);
    onNew?.(input);
  }
  // What ran only by chance, such as a collection of garbage that calls back, is not looked for again.
  coverage.accept(unseen);
}
