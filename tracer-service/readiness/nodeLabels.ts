import type { KubeClient } from "../kubernetes/kubeClient.ts";
import { KubeError } from "../kubernetes/kubeError.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { READY_LABEL } from "./clusterObjects.ts";
import { READY, type LabelChange } from "./planLabels.ts";

const ASK_TIMEOUT_MS = 4_000;
/** Where events of objects without a namespace are. */
const EVENTS = "/api/v1/namespaces/default/events";

/** Writes the one label, and says so in the log and as an event of the node. */
export class NodeLabels {
  readonly #client: Pick<KubeClient, "ask">;
  readonly #log: Pick<Diagnostics, "info" | "warn" | "error">;

  constructor(client: Pick<KubeClient, "ask">, log: Pick<Diagnostics, "info" | "warn" | "error">) {
    this.#client = client;
    this.#log = log;
  }

  /** Whether it is written, or the node is another one by now. */
  async write(change: LabelChange): Promise<boolean> {
    const { node, ready, why } = change;
    try {
      await this.#client.ask({
        ...({ method: "PATCH", path: `/api/v1/nodes/${encodeURIComponent(node.name)}` } as const),
        contentType: "application/merge-patch+json",
        // The uid makes sure that it is no other node of the same name.
        body: { metadata: { uid: node.uid, labels: { [READY_LABEL]: ready ? READY : null } } },
        signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
      });
    } catch (error) {
      const gone = error instanceof KubeError && [404, 409, 422].includes(error.status ?? 0);
      if (gone) this.#log.info({ node: node.name, err: error }, "the node is another one by now");
      else
        this.#log.error(
          { node: node.name, ready, err: error },
          "could not write the node's label; trying on",
        );
      return gone;
    }
    const message = ready
      ? "the node takes workspaces: its tracer logs every exec"
      : `the node takes no new workspaces: ${why}`;
    if (ready) this.#log.info({ node: node.name }, message);
    else this.#log.warn({ node: node.name }, message);
    await this.#tellEvent(change, message);
    return true;
  }

  async #tellEvent({ node, ready }: LabelChange, message: string): Promise<void> {
    const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    try {
      await this.#client.ask({
        ...({ method: "POST", path: EVENTS } as const),
        body: {
          ...{
            apiVersion: "v1",
            kind: "Event",
            metadata: { generateName: `${node.name}.`, namespace: "default" },
          },
          involvedObject: { apiVersion: "v1", kind: "Node", name: node.name, uid: node.uid },
          reason: ready ? "ProcessLoggingReady" : "ProcessLoggingNotReady",
          ...{ message, type: ready ? "Normal" : "Warning", count: 1 },
          ...{
            firstTimestamp: now,
            lastTimestamp: now,
            source: { component: "process-logging-node-readiness" },
          },
        },
        signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
      });
    } catch (error) {
      this.#log.warn(
        { node: node.name, err: error },
        "could not write the node's event; the label is written",
      );
    }
  }
}
