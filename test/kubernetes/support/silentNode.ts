import { apply, kubectl, kubectlOutput } from "./kubectl.ts";
import { until } from "./until.ts";

const KIND = ["--namespace=process-logging", "--selector=app.kubernetes.io/name=tracer"];

/** A node without a kubelet: it says what a test says, and neither runs nor ends a pod. */
export class SilentNode {
  readonly name: string;
  readonly #kernel: string;

  private constructor(name: string, kernel: string) {
    this.name = name;
    this.#kernel = kernel;
  }

  /** Makes it where a tracer's pod can be scheduled. */
  static async create(name: string, kernel = "6.1.0"): Promise<SilentNode> {
    const node = new SilentNode(name, kernel);
    const metadata = { name, labels: { "kubernetes.io/os": "linux" } };
    // A tracer's pod goes there all the same, and no other.
    await apply([{ apiVersion: "v1", kind: "Node", metadata, spec: { unschedulable: true } }]);
    const resources = { cpu: "4", memory: "4Gi", pods: "10", "ephemeral-storage": "10Gi" };
    await node.#say("True", { capacity: resources, allocatable: resources });
    return node;
  }

  /** Waits until it has a tracer's pod, and has both look as a kubelet leaves them that vanishes. */
  async vanish(): Promise<void> {
    await this.tracerRuns();
    await this.notReady();
  }

  /** Waits until it has a tracer's pod, and says that it is ready. */
  async tracerRuns(): Promise<void> {
    let pod = "";
    await until("the silent node has a tracer", async () => {
      pod = await kubectlOutput(["get", "pods", ...KIND, ...this.#onIt, "--output=name"]);
      return pod.trim() !== "";
    });
    await this.podRuns("process-logging", pod.trim(), "exectrace");
  }

  /** Says that a pod of it runs, and is ready. */
  async podRuns(namespace: string, pod: string, container: string): Promise<void> {
    const startTime = new Date().toISOString();
    const running = { running: { startedAt: startTime } };
    const said = {
      name: container,
      image: container,
      imageID: "",
      restartCount: 0,
      ready: true,
      started: true,
    };
    const status = { phase: "Running", startTime, containerStatuses: [{ ...said, state: running }] };
    await patchStatus([pod, `--namespace=${namespace}`], status);
  }

  /** Says that it is not ready, as of a node of whose kubelet nothing is heard. */
  async notReady(): Promise<void> {
    await this.#say("Unknown", {});
  }

  /** Removes it and what is on it. */
  async close(): Promise<void> {
    await kubectl(["delete", "node", this.name, "--ignore-not-found"]);
    // Only then: a DaemonSet makes another one as long as the node is there, which nobody would end.
    await until("no tracer is left on the silent node", async () => {
      await kubectl(["delete", "pods", ...KIND, ...this.#onIt, "--force", "--grace-period=0"]);
      return (await kubectlOutput(["get", "pods", ...KIND, ...this.#onIt, "--output=name"])) === "";
    });
  }

  get #onIt(): readonly string[] {
    return [`--field-selector=spec.nodeName=${this.name}`];
  }

  async #say(ready: string, more: object): Promise<void> {
    const now = new Date().toISOString();
    const times = { lastHeartbeatTime: now, lastTransitionTime: now };
    const conditions = [{ type: "Ready", status: ready, reason: "Test", message: "silent", ...times }];
    const nodeInfo = {
      ...{ operatingSystem: "linux", architecture: "amd64", kernelVersion: this.#kernel, osImage: "none" },
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
