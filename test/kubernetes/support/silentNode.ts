import { apply, kubectl, kubectlOutput } from "./kubectl.ts";
import { until } from "./until.ts";

const KIND = ["--namespace=process-logging", "--selector=app.kubernetes.io/name=tracer"];

/** A node that has lost its kubelet while a tracer ran: it says that it is not ready, and ends no pod. */
export class SilentNode {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  /** Makes it where a tracer's pod can be scheduled. */
  static async create(name: string): Promise<SilentNode> {
    const node = new SilentNode(name);
    const metadata = { name, labels: { "kubernetes.io/os": "linux" } };
    // A tracer's pod goes there all the same, and no other.
    await apply([{ apiVersion: "v1", kind: "Node", metadata, spec: { unschedulable: true } }]);
    const resources = { cpu: "4", memory: "4Gi", pods: "10", "ephemeral-storage": "10Gi" };
    await node.#say("True", { capacity: resources, allocatable: resources });
    return node;
  }

  /** Waits until it has a tracer's pod, and has both look as a kubelet leaves them that vanishes. */
  async vanish(): Promise<void> {
    let pod = "";
    await until("the silent node has a tracer", async () => {
      pod = await kubectlOutput(["get", "pods", ...KIND, ...this.#onIt, "--output=name"]);
      return pod.trim() !== "";
    });
    const container = { name: "exectrace", image: "tracer", imageID: "", restartCount: 0 };
    const startedAt = new Date().toISOString();
    const running = { ...container, ready: true, started: true, state: { running: { startedAt } } };
    const status = { phase: "Running", containerStatuses: [running] };
    await patchStatus([pod.trim(), "--namespace=process-logging"], status);
    await this.#say("Unknown", {});
  }

  /** Removes it and what is on it. */
  async close(): Promise<void> {
    await kubectl(["delete", "pods", ...KIND, ...this.#onIt, "--force", "--grace-period=0"]);
    await kubectl(["delete", "node", this.name, "--ignore-not-found"]);
  }

  get #onIt(): readonly string[] {
    return [`--field-selector=spec.nodeName=${this.name}`];
  }

  async #say(ready: string, more: object): Promise<void> {
    const now = new Date().toISOString();
    const times = { lastHeartbeatTime: now, lastTransitionTime: now };
    const conditions = [{ type: "Ready", status: ready, reason: "Test", message: "silent", ...times }];
    const nodeInfo = {
      ...{ operatingSystem: "linux", architecture: "amd64", kernelVersion: "6.1.0", osImage: "none" },
      ...{ containerRuntimeVersion: "", kubeletVersion: "", kubeProxyVersion: "" },
      ...{ machineID: "", systemUUID: "", bootID: "" },
    };
    await patchStatus([`node/${this.name}`], { conditions, nodeInfo, ...more });
  }
}

async function patchStatus(object: readonly string[], status: object): Promise<void> {
  const patch = `--patch=${JSON.stringify({ status })}`;
  await kubectlOutput(["patch", ...object, "--subresource=status", "--type=merge", patch]);
}
