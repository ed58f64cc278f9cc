import type { NodeFacts } from "./nodeFacts.ts";

/**
 * `failed`: nothing can be traced. `warning`: tracing works, something beside it does not, or only the self-test can
 * tell. `skipped`: could not be looked at, or need not be.
 */
export type RequirementStatus = "ok" | "failed" | "warning" | "skipped";

/** What was found of one requirement. */
export interface Finding {
  readonly status: RequirementStatus;
  readonly found: string;
  /** What to do; always there when the status is `failed` or `warning`. */
  readonly advice?: string;
}

/** One row of the table that `check` prints. */
export interface RequirementResult extends Finding {
  readonly name: string;
}

/** Something that the tracer needs of a node. */
export interface Requirement {
  readonly name: string;
  examine(facts: NodeFacts): Finding | Promise<Finding>;
}

/** The requirement holds. */
export function ok(found: string): Finding {
  return { status: "ok", found };
}

/** Tracing works all the same, or only the self-test can tell. */
export function warning(found: string, advice: string): Finding {
  return { status: "warning", found, advice };
}

/** Without it nothing can be traced. */
export function failed(found: string, advice: string): Finding {
  return { status: "failed", found, advice };
}

/** It can't be examined here, which is no fault by itself. */
export function skipped(found: string): Finding {
  return { status: "skipped", found };
}
