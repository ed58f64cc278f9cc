import type { KubeClient } from "../kubernetes/kubeClient.ts";
import { ResourceWatch } from "../kubernetes/resourceWatch.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { parseHeartbeat, parseNode, parseTracer } from "./clusterObjects.ts";
import { Heartbeats } from "./heartbeats.ts";
import type { Leader } from "./leader.ts";
import type { NodeLabels } from "./nodeLabels.ts";
import { planLabels, type LabelChange } from "./planLabels.ts";

/** What the controller needs. */
export interface NodeReadinessOptions {
  readonly client: Pick<KubeClient, "ask" | "watch">;
  /** Of the tracers' pods, and the labels that they have. */
  readonly namespace: string;
  readonly selector: string;
  readonly leader: Pick<Leader, "leads">;
  readonly labels: Pick<NodeLabels, "write">;
  /** Monotonic, ms. */
  readonly nowMs: () => number;
  readonly log: Pick<Diagnostics, "info" | "warn">;
}

const TICK_MS = 1_000;
/** Changes of one moment are looked at together. */
const SETTLE_MS = 50;
/** How long a label that was written may take to be seen, and one that was not, to be tried again. */
const PATIENCE_MS = 5_000;
const RETRY_MS = 2_000;
const WRITES_AT_A_TIME = 8;

/** Keeps the label of every node as its tracer is. It acts only while it leads and knows everything. */
export class NodeReadiness {
  readonly #options: NodeReadinessOptions;
  readonly #heartbeats = new Heartbeats();
  readonly #watches;
  /** Nodes, by uid, that are left alone for a moment. */
  readonly #resting = new Map<
    string,
    { readonly ready: boolean; readonly untilMs: number; readonly failed: boolean }
  >();
  #tick: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #stopped = false;

  constructor(options: NodeReadinessOptions) {
    this.#options = options;
    const { client, log, nowMs } = options;
    const shared = { client, log, changed: this.#changed };
    const pods = `/api/v1/namespaces/${encodeURIComponent(options.namespace)}/pods`;
    this.#watches = {
      nodes: new ResourceWatch({ ...shared, what: "nodes", path: "/api/v1/nodes", parse: parseNode }),
      tracers: new ResourceWatch({
        ...{ ...shared, what: "tracers", parse: parseTracer },
        path: `${pods}?labelSelector=${encodeURIComponent(options.selector)}`,
      }),
      heartbeats: new ResourceWatch({
        ...{ ...shared, what: "heartbeats", parse: parseHeartbeat },
        path: "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases",
        seen: (heartbeat) => {
          this.#heartbeats.renewed(heartbeat, nowMs());
        },
        gone: ({ name }) => {
          this.#heartbeats.gone(name);
        },
        resumed: () => {
          this.#heartbeats.resumed(nowMs());
        },
      }),
    };
  }

  /** Why it can do nothing now; undefined when all is well. */
  notReady(): string | undefined {
    const late = Object.entries(this.#watches).filter(([, watch]) => !watch.live);
    if (late.length === 0) return undefined;
    return `the API server does not tell of ${late.map(([name]) => name).join(", ")}`;
  }

  start(): void {
    for (const watch of Object.values(this.#watches)) watch.start();
    this.#tick = setInterval(this.#changed, TICK_MS);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#tick);
    clearTimeout(this.#soon);
    await Promise.all(Object.values(this.#watches).map((watch) => watch.stop()));
    await this.#working;
  }

  readonly #changed = (): void => {
    if (this.#stopped) return;
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#working ??= this.#reconcile().finally(() => (this.#working = undefined));
    }, SETTLE_MS);
  };

  async #reconcile(): Promise<void> {
    const { leader, nowMs } = this.#options;
    const { nodes, tracers, heartbeats } = this.#watches;
    if (!leader.leads || ![nodes, tracers, heartbeats].every((watch) => watch.synced)) return;
    const view = { nodes: nodes.items, tracers: tracers.items, heartbeats: this.#heartbeats };
    const changes = planLabels({ ...view, nowMs: nowMs() }).filter((change) => !this.#rests(change));
    const next = changes.values();
    const work = async (): Promise<void> => {
      for (const change of next) {
        if (!leader.leads || this.#stopped) return;
        await this.#write(change);
      }
    };
    await Promise.all(Array.from({ length: WRITES_AT_A_TIME }, work));
  }

  #rests({ node, ready }: LabelChange): boolean {
    const resting = this.#resting.get(node.uid);
    if (resting === undefined) return false;
    if (this.#options.nowMs() >= resting.untilMs || (!resting.failed && resting.ready !== ready)) {
      this.#resting.delete(node.uid);
      return false;
    }
    return true;
  }

  async #write(change: LabelChange): Promise<void> {
    const written = await this.#options.labels.write(change);
    const { node, ready } = change;
    const untilMs = this.#options.nowMs() + (written ? PATIENCE_MS : RETRY_MS);
    this.#resting.set(node.uid, { ready, untilMs, failed: !written });
  }
}
