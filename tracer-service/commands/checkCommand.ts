import { Command } from "commander";

import type { CheckOptions } from "./check.ts";
import { bpfObjectOption } from "./options/traceOptions.ts";

/** `tracer-service check`: what this node needs and has, and whether tracing really works on it. */
export function checkCommand(): Command {
  return new Command("check")
    .description("tell whether this node can be traced, and what to do if not")
    .option("--json", "as JSON", false)
    .addOption(bpfObjectOption())
    .action(async (options: CheckOptions) => {
      const { check } = await import("./check.ts");
      process.exitCode = await check(options);
    });
}
