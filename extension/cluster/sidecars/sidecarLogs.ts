import type { RecordedEvent } from "../../../protocol/recordedEvent.ts";
import type { StreamFilter } from "../../../protocol/stream.ts";
import type { Clock } from "../../clock.ts";
import { passesFilter } from "../../filter/passesFilter.ts";
import type { EventSink, EventSubscription } from "../../source/eventSource.ts";
import type { ApiServer } from "../api/apiServer.ts";
import type { ClusterInventory } from "../inventory/clusterInventory.ts";
import type { ClusterPod } from "../inventory/clusterPod.ts";
import { SidecarLog } from "./sidecarLog.ts";

/** Logs that are followed at a time: each is a request that lasts, of the API server and of a kubelet. */
const MAX_LOGS = 50;

/** What following logs needs of the outside. */
export interface SidecarLogsOptions {
  readonly api: ApiServer;
  readonly inventory: ClusterInventory;
  readonly sink: EventSink;
  readonly clock: Clock;
  /** An event of the pod with that uid; `differs` as in `sidecarLine`. */
  readonly onEvent: (uid: string, event: RecordedEvent, differs: readonly string[]) => void;
  readonly log: (message: string) => void;
  readonly onDispose: () => void;
}

/** Follows the sidecars' logs of the workspaces in view: tracers leave their pods to them. */
export class SidecarLogs implements EventSubscription {
  readonly #options: SidecarLogsOptions;
  readonly #open = new Map<string, { readonly log: SidecarLog; startedMs: number | undefined }>();
  #filter: StreamFilter;
  #left = 0;
  #otherLines = 0;

  constructor(filter: StreamFilter, options: SidecarLogsOptions) {
    this.#filter = filter;
    this.#options = options;
    this.update();
  }

  /** Lines so far that were no events. */
  get otherLines(): number {
    return this.#otherLines;
  }

  /** Sidecars in view that are not read, because there are too many. */
  get unread(): number {
    return this.#left;
  }

  setFilter(filter: StreamFilter): void {
    this.#filter = filter;
    this.update();
  }

  /** The inventory has changed. */
  update(): void {
    const wanted = this.#wanted();
    for (const [uid, { log }] of this.#open) {
      if (wanted.has(uid)) continue;
      log.dispose();
      this.#open.delete(uid);
    }
    for (const [uid, pod] of wanted) this.#follow(uid, pod);
  }

  dispose(): void {
    for (const { log } of this.#open.values()) log.dispose();
    this.#open.clear();
    this.#options.onDispose();
  }

  #wanted(): ReadonlyMap<string, ClusterPod> {
    const { inventory, log } = this.#options;
    const all: ClusterPod[] = [];
    for (const pod of inventory.pods.values()) {
      if (pod.logging === undefined || !passesFilter(pod.labels, this.#filter)) continue;
      // One that has ended is read to its end, as long as it is followed already.
      if (!pod.logging.running && !this.#open.has(pod.uid)) continue;
      all.push(pod);
    }
    all.sort((one, other) => Number(this.#open.has(other.uid)) - Number(this.#open.has(one.uid)));
    const left = Math.max(0, all.length - MAX_LOGS);
    if (left > 0 && left !== this.#left) {
      log(`${String(left)} more sidecars have workspaces in view than are read: choose users or workspaces`);
    }
    this.#left = left;
    return new Map(all.slice(0, MAX_LOGS).map((pod) => [pod.uid, pod]));
  }

  #follow(uid: string, pod: ClusterPod): void {
    const startedMs = pod.logging?.startedMs;
    const known = this.#open.get(uid);
    if (known !== undefined) {
      if (startedMs !== undefined && startedMs !== known.startedMs) known.log.retry();
      known.startedMs = startedMs ?? known.startedMs;
      return;
    }
    const { api, inventory, sink, clock, onEvent, log } = this.#options;
    const followed = new SidecarLog({
      ...{ api, sink, clock, log },
      pod: () => inventory.pods.get(uid) ?? pod,
      onEvent: (event, differs) => {
        onEvent(uid, event, differs);
      },
      onOtherLine: () => {
        this.#otherLines++;
      },
    });
    this.#open.set(uid, { log: followed, startedMs });
  }
}
