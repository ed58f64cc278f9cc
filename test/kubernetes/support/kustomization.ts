import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

import { READY_LABEL } from "../../../extension/cluster/inventory/clusterNode.ts";
import { PLACEHOLDER_IMAGE } from "./deployedManifests.ts";
import { kubectlOutput } from "./kubectl.ts";
import { tracerImage } from "./testEnvironment.ts";

/** The repository's folder of manifests. */
export const DEPLOY = join(import.meta.dirname, "../../../deploy/kubernetes");

const NAMESPACE = "namespace/process-logging";

/** A kustomization of deploy/kubernetes, used as somebody does who has the image in a registry of their own. */
export class Kustomization {
  readonly #directory = mkdtempSync(join(tmpdir(), "process-logging-kustomization-"));

  /** `path`: below deploy/kubernetes. `patches`: as in a kustomization, on top of it. */
  constructor(path: string, patches: readonly object[] = []) {
    const [newName, newTag] = tracerImage().split(/:(?=[^/]*$)/);
    const kustomization = {
      apiVersion: "kustomize.config.k8s.io/v1beta1",
      kind: "Kustomization",
      resources: [relative(this.#directory, join(DEPLOY, path))],
      images: [{ name: PLACEHOLDER_IMAGE, newName, newTag }],
      patches,
    };
    writeFileSync(join(this.#directory, "kustomization.yaml"), JSON.stringify(kustomization));
  }

  async apply(): Promise<void> {
    // What somebody has asked to remove takes some seconds to go.
    const state = ["get", NAMESPACE, "--ignore-not-found", "--output=jsonpath={.status.phase}"];
    if ((await kubectlOutput(state)) === "Terminating")
      await kubectlOutput(["wait", "--for=delete", NAMESPACE, "--timeout=120s"]);
    await kubectlOutput(["apply", "--kustomize", this.#directory]);
  }

  /** Removes all of it from the cluster. */
  async remove(): Promise<void> {
    await kubectlOutput(["delete", "--kustomize", this.#directory, "--ignore-not-found", "--timeout=120s"]);
  }

  /** The same, with the label of its nodes, and its folder. */
  async close(): Promise<void> {
    await this.remove();
    rmSync(this.#directory, { recursive: true, force: true });
    await removeReadyLabel();
  }
}

/** Flags more for the tracer of the base. */
export function tracerFlags(...flags: readonly string[]): object {
  const add = flags.map((value) => ({ op: "add", path: "/spec/template/spec/containers/0/args/-", value }));
  return { target: { kind: "DaemonSet", name: "tracer" }, patch: JSON.stringify(add) };
}

/** Takes from all nodes what a controller that is gone has left on them. */
export async function removeReadyLabel(): Promise<void> {
  await kubectlOutput(["label", "nodes", "--all", `${READY_LABEL}-`]);
}
