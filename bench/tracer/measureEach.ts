import type { Bench } from "./bench.ts";
import type { Figure } from "./figure.ts";
import type { Tool } from "./tools/tool.ts";

/** What each tool gave, a value for each run; or why it gave none. */
export type Measured<T> = ReadonlyMap<string, readonly T[] | string>;

/** Measures each tool several times; the tools take turns, so that a busy minute of the machine hits all of them. */
export async function measureEach<T>(
  bench: Bench,
  title: string,
  tools: readonly Tool[],
  measure: (tool: Tool, run: number) => Promise<T>,
): Promise<Measured<T>> {
  const values = new Map<string, T[]>(tools.map(({ name }) => [name, []]));
  const failures = new Map<string, string>();
  for (let run = 1; run <= bench.plan.runs; run++) {
    for (const tool of tools.filter(({ name }) => !failures.has(name))) {
      bench.say(`${title}: ${tool.name}, run ${String(run)} of ${String(bench.plan.runs)}`);
      try {
        values.get(tool.name)?.push(await measure(tool, run));
      } catch (error) {
        if (bench.signal.aborted) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        bench.say(`${tool.name}: ${reason}`);
        failures.set(tool.name, `failed, see above`);
      }
    }
  }
  return new Map<string, readonly T[] | string>([...values, ...failures]);
}

/** One number of what was measured, as a figure's results. */
export function pick<T>(measured: Measured<T>, value: (each: T) => number): Figure["results"] {
  return new Map(
    [...measured].map(
      ([tool, values]) => [tool, typeof values === "string" ? values : values.map(value)] as const,
    ),
  );
}
