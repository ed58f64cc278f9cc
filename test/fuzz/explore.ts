// Looks for inputs that a parser does not take well, guided by the code that they reach:
//
//     npm run fuzz -- [--target NAME] [--inputs N] [--seed N] [--keep]
//
// `--keep` adds the inputs that reach something new to the corpus. Ends with 1 when it found something.
import { parseArgs } from "node:util";

import { BlockCoverage } from "./support/blockCoverage.ts";
import { keepInput, readCorpus } from "./support/corpus.ts";
import { fuzz } from "./support/fuzz.ts";
import { allTargets } from "./targets/allTargets.ts";

const OURS = /\/(?:protocol|tracer-service|extension|webview)\/[^?]*\.ts$/;

const { values } = parseArgs({
  options: {
    target: { type: "string" },
    inputs: { type: "string", default: "1000000" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    keep: { type: "boolean", default: false },
  },
});
const targets = allTargets.filter(({ name }) => values.target === undefined || name === values.target);
if (targets.length === 0) {
  console.error(
    `there is no target ${String(values.target)}: ${allTargets.map(({ name }) => name).join(", ")}`,
  );
  process.exit(1);
}
const each = Math.ceil(Number(values.inputs) / targets.length);
console.log(`${String(targets.length)} parsers, ${String(each)} inputs each, seed ${values.seed}`);
for (const target of targets) {
  const coverage = new BlockCoverage((url) => OURS.test(url));
  let reached = 0;
  const finding = fuzz(target, {
    seed: Number(values.seed),
    inputs: each,
    corpus: readCorpus(target.name),
    coverage,
    onNew: (input) => {
      reached++;
      if (values.keep) keepInput(target.name, input);
    },
  });
  coverage.close();
  if (finding === undefined) {
    console.log(`${target.name}: nothing found, ${String(reached)} inputs reached something new`);
    continue;
  }
  process.exitCode = 1;
  console.log(`${target.name}: ${finding.fault}\n  kept as ${keepInput(target.name, finding.input)}`);
}
