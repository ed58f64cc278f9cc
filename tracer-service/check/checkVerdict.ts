import type { RequirementResult } from "./requirement.ts";

/** Whether a node can be traced: nothing failed; warnings are allowed. */
export function holds(results: readonly RequirementResult[]): boolean {
  return results.every((result) => result.status !== "failed");
}

/** What `check` exits with. */
export function exitCode(results: readonly RequirementResult[]): 0 | 1 {
  return holds(results) ? 0 : 1;
}
