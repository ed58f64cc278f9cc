/** A tracer whose cost is measured. */
export interface Tool {
  readonly name: string;
  readonly version: string;
  /** Whether it has been told to trace the benchmark's workspace only; else it traces all execs of the machine. */
  readonly scoped: boolean;
  /** The command; it becomes the tool's own process by exec, so that its pid is the tool's. */
  readonly argv: readonly string[];
}
