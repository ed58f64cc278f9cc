import { spawn, type ChildProcess } from "node:child_process";

import { finished, succeeded, type Finished } from "../../kernel/support/testCgroup.ts";

/** A Kubernetes object as kubectl takes it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly object[];
  };
  readonly [key: string]: unknown;
}

/** Runs kubectl to its end, as whoever KUBECONFIG is. */
export function kubectl(args: readonly string[], input?: string): Promise<Finished> {
  const child = startKubectl(args);
  child.stdin?.on("error", () => undefined); // it may end before it has read all
  child.stdin?.end(input);
  return finished(child);
}

/** Starts kubectl, such as `logs --follow`. */
export function startKubectl(args: readonly string[]): ChildProcess {
  return spawn("kubectl", args, { stdio: ["pipe", "pipe", "pipe"] });
}

/** The same for what must succeed: its stdout. Throws with what it said. */
export async function kubectlOutput(args: readonly string[], input?: string): Promise<string> {
  const result = await kubectl(args, input);
  if (result.code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${result.stderr.trim()}`);
  return succeeded(result);
}

/** Creates or changes objects. */
export async function apply(manifests: readonly Manifest[], namespace?: string): Promise<void> {
  const list = { apiVersion: "v1", kind: "List", items: manifests };
  const place = namespace === undefined ? [] : [`--namespace=${namespace}`];
  await kubectlOutput(["apply", "--filename=-", ...place], JSON.stringify(list));
}
