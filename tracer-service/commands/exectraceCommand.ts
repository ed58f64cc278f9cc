import { Command } from "commander";

import { addHistoryOptions } from "./options/historyOptions.ts";
import { addListenOptions } from "./options/listenOptions.ts";
import type { ExectraceOptions } from "./exectrace.ts";
import { addTraceOptions } from "./options/traceOptions.ts";

/** `tracer-service exectrace`: the drop-in for the sidecar binary of Coder's templates. */
export function exectraceCommand(): Command {
  const command = new Command("exectrace")
    .description("log the workspace container of this pod, once it has named its PID namespace")
    .option("--label <key=value>", "a label of the workspace; may be given several times", collect)
    .option(
      "--init-address <address>",
      "where to wait for the PID namespace's inode number",
      "127.0.0.1:56123",
    )
    .option("--startup-timeout <time>", "how long to wait for it; 0: without end", "15m")
    .option("--use-local-pidns", "log this container's own PID namespace instead", false);
  return addHistoryOptions(addTraceOptions(addListenOptions(command, "none")), "none").action(
    async (options: ExectraceOptions) => {
      const { exectrace } = await import("./exectrace.ts");
      process.exitCode = await exectrace(options);
    },
  );
}

/** Not variadic, as in the binary that this stands in for: a flag takes one value. */
function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}
