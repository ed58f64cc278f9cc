import { describe, expect, it } from "vitest";

import { keepInput, readCorpus } from "./support/corpus.ts";
import { fuzz } from "./support/fuzz.ts";
import { allTargets } from "./targets/allTargets.ts";

/** The same inputs in every run: `npm run fuzz` is for new ones. */
const SEED = 1;
/** Over all parsers. */
const INPUTS = 100_000;

describe("parsers of what others wrote", () => {
  it.each(allTargets)("$name takes its corpus and inputs made of it", (target) => {
    const inputs = Math.ceil(INPUTS / allTargets.length);
    const finding = fuzz(target, { seed: SEED, inputs, corpus: readCorpus(target.name) });
    if (finding === undefined) return;
    const kept = keepInput(target.name, finding.input);
    expect.fail(
      `${finding.fault}\nThe input, seed ${String(SEED)}, is now in ${kept}: commit it with the fix.`,
    );
  });

  it("have names of their own", () => {
    expect(new Set(allTargets.map(({ name }) => name)).size).toBe(allTargets.length);
  });
});
