import { expect } from "vitest";

import { apply, kubectl, kubectlOutput, type Manifest } from "./kubectl.ts";
import { Kustomization } from "./kustomization.ts";
import { TestNamespace } from "./testNamespace.ts";
import { until } from "./until.ts";
import { coderLabels, podSpec } from "./workspacePods.ts";

/** The label of nodes that log. */
export const READY = "processlogging.node-restriction.kubernetes.io/ready";

/** What a workspace's pod needs. */
export const ready = { nodeSelector: { [READY]: "true" } };

/** The spec of a pod that waits. */
export function idle(more: object = {}): object {
  return podSpec("exec sleep infinity", more);
}

/** A pod that waits: by default a workspace's, which asks for no certain node. */
export function idlePod(
  name: string,
  more: object = {},
  metadata: Partial<Manifest["metadata"]> = { labels: coderLabels("jessie") },
): Manifest {
  return { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, name }, spec: idle(more) };
}

/** The policies of overlays/fail-closed alone: no tracer is ever ready here. `close` removes all of it. */
export class FailClosedPolicies {
  readonly namespace: TestNamespace;
  readonly #overlay: Kustomization;

  private constructor(namespace: TestNamespace, overlay: Kustomization) {
    this.namespace = namespace;
    this.#overlay = overlay;
  }

  /** Puts them in force, with one maker of workspaces; `before` is there already. */
  static async apply(...before: readonly Manifest[]): Promise<FailClosedPolicies> {
    if ((await kubectl(["get", "namespace", "process-logging"])).code === 0) {
      throw new Error("process-logging is deployed in this cluster: these tests would remove it");
    }
    const namespace = await TestNamespace.create("fail-closed");
    if (before.length > 0) await namespace.apply(...before);
    await apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "process-logging" } }]);
    const policies = new FailClosedPolicies(namespace, new Kustomization("overlays/fail-closed/policies"));
    await policies.#putInForce();
    return policies;
  }

  /** Who makes workspaces. The group lets it past RBAC. */
  get maker(): readonly string[] {
    return ["--as", this.#maker, "--as-group", "system:serviceaccounts", "--as-group", "system:masters"];
  }

  /** Tries to create an object as the administrator, who is not named, or as somebody else, without leaving it. */
  create(object: Manifest, ...as: readonly string[]): ReturnType<typeof kubectl> {
    const args = ["create", "--dry-run=server", "--filename=-", ...as];
    return kubectl([...args, `--namespace=${this.namespace.name}`], JSON.stringify(object));
  }

  /** The same as the maker. */
  createAsMaker(object: Manifest, ...more: readonly string[]): ReturnType<typeof kubectl> {
    return this.create(object, ...this.maker, ...more);
  }

  /** Creates what the maker may. */
  async make(object: Manifest): Promise<void> {
    const args = ["create", "--filename=-", `--namespace=${this.namespace.name}`, ...this.maker];
    expect(await kubectl(args, JSON.stringify(object))).toMatchObject({ code: 0 });
  }

  /** Tries to change an object, without leaving it changed. */
  patch(target: string, change: object, ...more: readonly string[]): ReturnType<typeof kubectl> {
    const args = ["patch", target, "--dry-run=server", "--type=merge", `--patch=${JSON.stringify(change)}`];
    return this.namespace.kubectl(...args, ...more);
  }

  async close(): Promise<void> {
    await this.#overlay.close();
    await kubectlOutput(["delete", "namespace", "process-logging"]);
    await until("the policies are gone", async () => (await this.create(idlePod("late"))).code === 0);
    await this.namespace.close();
  }

  get #maker(): string {
    return `system:serviceaccount:${this.namespace.name}:maker`;
  }

  async #putInForce(): Promise<void> {
    await this.#overlay.apply();
    const patch = { data: { makers: `system:serviceaccount:coder:coder\n${this.#maker}\n` } };
    const target = ["patch", "configmap", "workspace-makers", "--namespace=process-logging"];
    await kubectlOutput([...target, "--type=merge", "--patch", JSON.stringify(patch)]);
    await until("the policies are in force", async () => {
      return (await this.createAsMaker(idlePod("early"))).code !== 0;
    });
    let said = "";
    const isKnown = async (): Promise<boolean> => {
      const { code, stderr } = await this.createAsMaker(idlePod("early", ready));
      said = stderr;
      return code === 0;
    };
    await until("the makers are known", isKnown, () => said);
  }
}
