import { describe, expect, it } from "vitest";

import { Overtaking } from "../../../../tracer-service/pipeline/overtaking.ts";

type Step = "waits" | { readonly written: bigint } | { readonly kept: bigint };

const cases: readonly {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly notes: boolean[];
}[] = [
  { name: "nothing where nothing waits", steps: [{ written: 10n }, { kept: 10n }], notes: [] },
  { name: "that one waits, once", steps: ["waits", "waits"], notes: [true] },
  { name: "no end before all is written", steps: ["waits", { kept: 10n }], notes: [true] },
  { name: "no end before all is kept", steps: ["waits", { written: 10n }, { kept: 9n }], notes: [true] },
  {
    name: "the end when all is kept",
    steps: ["waits", { written: 10n }, { kept: 10n }],
    notes: [true, false],
  },
  {
    name: "the end although more is written meanwhile",
    steps: ["waits", { written: 10n }, { written: 20n }, { kept: 15n }],
    notes: [true, false],
  },
  {
    name: "no end when another one begins to wait before",
    steps: ["waits", { written: 10n }, "waits", { kept: 10n }],
    notes: [true],
  },
  {
    name: "one that waits later anew",
    steps: ["waits", { written: 10n }, { kept: 10n }, "waits"],
    notes: [true, false, true],
  },
];

describe("Overtaking", () => {
  it.each(cases)("notes $name", ({ steps, notes }) => {
    const noted: boolean[] = [];
    const overtaking = new Overtaking((overtaken) => noted.push(overtaken));
    for (const step of steps) {
      if (step === "waits") overtaking.waits();
      else if ("written" in step) overtaking.written(step.written);
      else overtaking.kept(step.kept);
    }
    expect(noted).toEqual(notes);
  });
});
