import { afterAll, describe, expect, it } from "vitest";

import { recordFault } from "../soak/recordFault.ts";
import { soakPlan, soakTimeout } from "../soak/soakPlan.ts";
import { keepInput, readCorpus } from "./support/corpus.ts";
import { fuzz } from "./support/fuzz.ts";
import { allTargets } from "./targets/allTargets.ts";

/** The same inputs in every run: `npm run fuzz` is for new ones. */
const SEED = 1;
const INPUTS = soakPlan.fuzzInputs;

describe("parsers of what others wrote", () => {
  let taken = 0;
  afterAll(() => {
    recordFault({ fault: "random bytes to every parser", rounds: taken });
  });

  it.each(allTargets)(
    "$name takes its corpus and inputs made of it",
    { timeout: soakTimeout(30_000) },
    (target) => {
      const inputs = Math.ceil(INPUTS / allTargets.length);
      const finding = fuzz(target, { seed: SEED, inputs, corpus: readCorpus(target.name) });
      if (finding === undefined) {
        taken += inputs;
        return;
      }
      const kept = keepInput(target.name, finding.input);
      expect.fail(
        `${finding.fault}\nThe input, seed ${String(SEED)}, is now in ${kept}: commit it with the fix.`,
      );
    },
  );

  it("have names of their own", () => {
    expect(new Set(allTargets.map(({ name }) => name)).size).toBe(allTargets.length);
  });
});
