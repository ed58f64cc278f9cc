import { Command, InvalidArgumentError, Option } from "commander";

import { DEFAULT_SOCKET } from "../api/listenAddress.ts";
import { parsePidNamespace } from "../exectrace/pidNamespace.ts";
import { addAccessOptions } from "./options/accessOptions.ts";
import { addHistoryOptions, DEFAULT_STATE_DIR } from "./options/historyOptions.ts";
import { kubeconfigOption } from "./options/kubeconfigOption.ts";
import { addKubernetesOptions } from "./options/kubernetesOptions.ts";
import { addListenOptions } from "./options/listenOptions.ts";
import { addPinOptions } from "./options/pinOptions.ts";
import type { RunOptions } from "./run.ts";
import { addTraceOptions } from "./options/traceOptions.ts";

/** `tracer-service run`: traces, attributes and logs until it is told to stop. */
export function runCommand(): Command {
  const command = new Command("run")
    .description("log what runs in the workspaces of this node")
    .addOption(
      new Option(
        "--identity <kind>",
        "how users and workspaces are known: by rules on cgroup paths, by flags, or by the pods of this node",
      )
        .choices(["local", "static", "kubernetes"])
        .default("local"),
    )
    .option("--rules <file>", "local: rules that map cgroup paths and login uids to labels (YAML)")
    .option("--cgroup <path...>", "static: trace this cgroup and all below it")
    .option("--pid-namespace <inode>", "static: trace this PID namespace and all in it", pidNamespaceInode)
    .option("--own-pod", "static: trace the containers of the tracer's own pod, except its own", false)
    .option("--label <key=value...>", "static: a label of the workspace")
    .addOption(kubeconfigOption());
  addKubernetesOptions(command);
  addAccessOptions(addListenOptions(command, `unix:${DEFAULT_SOCKET}`));
  return addHistoryOptions(addPinOptions(addTraceOptions(command)), DEFAULT_STATE_DIR).action(
    async (options: RunOptions) => {
      const { run } = await import("./run.ts");
      process.exitCode = await run(options);
    },
  );
}

function pidNamespaceInode(text: string): number {
  const namespace = parsePidNamespace(text);
  if (namespace.type === "invalid") throw new InvalidArgumentError(namespace.reason);
  return namespace.inode;
}
