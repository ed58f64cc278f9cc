import { Argument, Command } from "commander";

import type { Probe } from "./probe.ts";

/** `tracer-service probe`: for the kubelet's exec probes. */
export function probeCommand(): Command {
  return new Command("probe")
    .description("ask the service that runs in this container whether it is well: exit 0 if so")
    .addArgument(
      new Argument("[what]", "ready: events are logged; health: it answers")
        .choices(["ready", "health"])
        .default("ready"),
    )
    .option(
      "--socket <path>",
      "Unix socket to ask on (default: probe.sock or tracer.sock in /run/process-logging)",
    )
    .action(async (what: Probe, options: { readonly socket?: string }) => {
      const { probe } = await import("./probe.ts");
      process.exitCode = await probe(what, options.socket);
    });
}
