import { Command } from "commander";

import { PROBE_SOCKET } from "./options/accessOptions.ts";
import { kubeconfigOption } from "./options/kubeconfigOption.ts";
import type { NodeReadinessOptions } from "./nodeReadiness.ts";

/** `tracer-service node-readiness`: the controller that labels nodes whose tracer logs. */
export function nodeReadinessCommand(): Command {
  return new Command("node-readiness")
    .description("label the nodes of a cluster whose tracer logs every exec, and no others")
    .option(
      "--namespace <name>",
      "namespace of the tracers' pods and of the lease (default: that of this pod)",
    )
    .option("--selector <selector>", "labels of the tracers' pods", "app.kubernetes.io/name=tracer")
    .option("--lease <name>", "by which one of several copies leads", "node-readiness")
    .option("--probe-socket <path>", "Unix socket on which `probe` is answered, or none", PROBE_SOCKET)
    .addOption(kubeconfigOption())
    .action(async (options: NodeReadinessOptions) => {
      const { nodeReadiness } = await import("./nodeReadiness.ts");
      process.exitCode = await nodeReadiness(options);
    });
}
