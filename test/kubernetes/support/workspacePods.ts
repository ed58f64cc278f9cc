import type { Manifest } from "./kubectl.ts";
import { workspaceImage } from "./testEnvironment.ts";

/** How a pod differs from one with a single container that runs for ever. */
export interface PodChanges {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: object;
}

/** Labels of a user's workspace, as Coder's template gives them. */
export function coderLabels(username: string, workspaceName = "main"): Record<string, string> {
  return { "com.coder.user.username": username, "com.coder.workspace.name": workspaceName };
}

/** A container that runs a shell script. */
export function container(name: string, script: string): Readonly<Record<string, unknown>> {
  return {
    ...{ name, image: workspaceImage(), imagePullPolicy: "IfNotPresent" },
    command: ["/bin/sh", "-c", script],
  };
}

/** What a pod's `spec` holds, with one container `dev`. */
export function podSpec(script: string, more: object = {}): Readonly<Record<string, unknown>> {
  return { terminationGracePeriodSeconds: 0, containers: [container("dev", script)], ...more };
}

/** A pod that runs a script in its container `dev`. */
export function pod(
  name: string,
  script: string,
  { labels = {}, annotations = {}, spec = {} }: PodChanges = {},
): Manifest {
  return {
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name, labels, annotations } },
    spec: podSpec(script, spec),
  };
}
