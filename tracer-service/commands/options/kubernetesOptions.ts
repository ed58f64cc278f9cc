import { Option, type Command } from "commander";

import { numberBetween } from "./numberBetween.ts";

/** What `--identity kubernetes` can be told. */
export interface KubernetesOptions {
  readonly kubeconfig: string | undefined;
  readonly workspaceSelector: string | undefined;
  readonly captureNamespace: readonly string[] | undefined;
  readonly labelKey: readonly string[] | undefined;
  readonly kubeletCgroupRoot: string | undefined;
  /** How long events wait for what their pod is, s. */
  readonly pendingTimeout: number;
}

/** Adds the flags of `KubernetesOptions` to a command. */
export function addKubernetesOptions(command: Command): Command {
  return command
    .option(
      "--workspace-selector <selector>",
      "kubernetes: pods with these labels are workspaces (default: those with a workspace's name or id)",
    )
    .option("--capture-namespace <name...>", "kubernetes: log every pod of this namespace")
    .option(
      "--label-key <label=key,key...>",
      "kubernetes: pod labels or annotations that give a label, such as username=example.com/owner",
    )
    .addOption(
      new Option(
        "--kubelet-cgroup-root <path>",
        "kubernetes: cgroup in which kubelet keeps the pods, such as /kubepods.slice (default: found)",
      ),
    )
    .option(
      "--pending-timeout <seconds>",
      "kubernetes: how long events wait until it is known what their pod is",
      numberBetween(1, 600),
      30,
    );
}

/** The flags that were given although they are of no use without `--identity kubernetes`. */
export function hasKubernetesOptions(options: KubernetesOptions): boolean {
  const { workspaceSelector, captureNamespace, labelKey, kubeletCgroupRoot } = options;
  return [workspaceSelector, captureNamespace, labelKey, kubeletCgroupRoot].some(
    (each) => each !== undefined,
  );
}
