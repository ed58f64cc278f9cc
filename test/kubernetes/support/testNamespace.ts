import { randomBytes } from "node:crypto";

import { parseLog, type LogLine } from "../../service/support/logLine.ts";
import { apply, kubectl, kubectlOutput, type Manifest } from "./kubectl.ts";
import { until } from "./until.ts";

/** A namespace of the test's own. `close` removes it with all that is in it. */
export class TestNamespace {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  /** Makes it, and waits until pods can be made in it. */
  static async create(prefix: string, labels: Readonly<Record<string, string>> = {}): Promise<TestNamespace> {
    const namespace = new TestNamespace(`${prefix}-${randomBytes(3).toString("hex")}`);
    const manifest = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace.name, labels } };
    await apply([manifest]);
    await until("the namespace has a service account", async () => {
      return (await namespace.kubectl("get", "serviceaccount", "default")).code === 0;
    });
    return namespace;
  }

  /** Runs kubectl in it to its end. */
  kubectl(...args: string[]): ReturnType<typeof kubectl> {
    return kubectl([`--namespace=${this.name}`, ...args]);
  }

  /** The same for what must succeed: its stdout. */
  output(...args: string[]): Promise<string> {
    return kubectlOutput([`--namespace=${this.name}`, ...args]);
  }

  async apply(...manifests: Manifest[]): Promise<void> {
    await apply(manifests, this.name);
  }

  /** Makes a pod of JSON that reaches the API server as it is written here. */
  async createPod(manifest: Manifest): Promise<void> {
    const path = `/api/v1/namespaces/${this.name}/pods`;
    await kubectlOutput(["create", `--raw=${path}`, "--filename=-"], JSON.stringify(manifest));
  }

  /** Waits for a condition of objects, such as `Ready` of `pod/main`; throws with what is known about the pods. */
  async wait(condition: string, ...objects: string[]): Promise<void> {
    const { code, stderr } = await this.kubectl("wait", `--for=${condition}`, "--timeout=120s", ...objects);
    if (code === 0) return;
    const pods = await this.kubectl("describe", "pods");
    throw new Error(`${objects.join(", ")}: not ${condition}: ${stderr}\n${pods.stdout.slice(-3000)}`);
  }

  /** What a container has logged so far, as lines of the service's log. */
  async log(pod: string, container = "exectrace"): Promise<LogLine[]> {
    return serviceLines(await this.output("logs", pod, `--container=${container}`, "--tail=-1"));
  }

  /** Waits until a container's log has a line for which this holds, and returns all such. */
  async logged(pod: string, what: string, wanted: (line: LogLine) => boolean): Promise<LogLine[]> {
    let found: LogLine[] = [];
    await until(`${pod} logs ${what}`, async () => {
      found = (await this.log(pod)).filter(wanted);
      return found.length > 0;
    });
    return found;
  }

  /** Resolves when nothing runs in it any more; the API server takes some more seconds to forget the rest. */
  async close(): Promise<void> {
    await kubectl(["delete", "namespace", this.name, "--wait=false"]);
    // Shells as first processes do not end when they are asked to.
    await this.kubectl("delete", "pods", "--all", "--now");
  }
}

/** The log lines among what `kubectl logs` prints, which has the service's own messages, too. */
export function serviceLines(text: string): LogLine[] {
  const lines = text.split("\n").filter((line) => line.startsWith('{"ts":"'));
  return parseLog(lines.map((line) => `${line}\n`).join(""));
}
