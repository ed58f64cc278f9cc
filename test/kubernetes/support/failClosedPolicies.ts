import { expect } from "vitest";

import { kubectl, type Manifest } from "./kubectl.ts";
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
    const there = await kubectl(["get", "validatingadmissionpolicy", "process-logging-workspace-labels"]);
    if (there.code === 0)
      throw new Error("fail-closed is deployed in this cluster: these tests would remove it");
    const namespace = await TestNamespace.create("fail-closed");
    if (before.length > 0) await namespace.apply(...before);
    const makers = JSON.stringify(["system:serviceaccount:coder:coder", makerIn(namespace)]);
    // As docs/kubernetes.md has it.
    const names = [{ op: "replace", path: "/spec/variables/0/expression", value: makers }];
    const target = { kind: "ValidatingAdmissionPolicy", name: "process-logging-workspace-labels" };
    const patch = { target, patch: JSON.stringify(names) };
    const policies = new FailClosedPolicies(
      namespace,
      new Kustomization("overlays/fail-closed/policies", [patch]),
    );
    await policies.putInForce();
    return policies;
  }

  /** Who makes workspaces. The group lets it past RBAC. */
  get maker(): readonly string[] {
    return [
      "--as",
      makerIn(this.namespace),
      "--as-group",
      "system:serviceaccounts",
      "--as-group",
      "system:masters",
    ];
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

  async putInForce(): Promise<void> {
    await this.#overlay.apply();
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
    await until("the others are known", async () => (await this.create(idlePod("early", ready))).code !== 0);
  }

  /** Takes them away; they can be put in force again. */
  async lift(): Promise<void> {
    await this.#overlay.remove();
    await until("the policies are gone", async () => (await this.create(idlePod("late"))).code === 0);
  }

  async close(): Promise<void> {
    await this.lift();
    await this.#overlay.close();
    await this.namespace.close();
  }
}

function makerIn({ name }: TestNamespace): string {
  return `system:serviceaccount:${name}:maker`;
}
