import { getHeapStatistics } from "node:v8";
import { parentPort, workerData, type MessagePort } from "node:worker_threads";

import { BufferGarbage } from "./bufferGarbage.ts";
import type { HistoryBatch } from "./historyBatch.ts";
import { describeWriteError, HistoryError, isDamage } from "./historyError.ts";
import { HistoryStore, type MissingReason } from "./historyStore.ts";
import { PatientClock } from "./patientClock.ts";
import type { FromHistoryWorker, HistoryWorkerData, StoreState, ToHistoryWorker } from "./workerMessages.ts";

/** How often it is looked whether something is to be sealed. */
const SEAL_CHECK_MS = 1_000;

/** Runs in a thread of its own: takes batches, answers each. */
class HistoryWorker {
  readonly #port: MessagePort;
  readonly #store: HistoryStore;
  readonly #clock: PatientClock;
  readonly #garbage = new BufferGarbage({
    bytes: () => getHeapStatistics().external_memory,
    collect:
      globalThis.gc &&
      ((): void => {
        globalThis.gc?.();
      }),
  });
  readonly #sealTimer: NodeJS.Timeout;
  /** Why the batches before the next are missing, if they are. */
  #reason: MissingReason = "slow";

  constructor(port: MessagePort, store: HistoryStore, nowNs: () => bigint) {
    this.#port = port;
    this.#store = store;
    this.#clock = new PatientClock(nowNs, () => performance.now(), store.opened.lastNs);
    port.on("message", (message: ToHistoryWorker) => {
      if (message.type === "batch") this.#keep(message.batch);
      else this.#close();
    });
    // The last batch is sealed in time, too, when none follows it.
    this.#sealTimer = setInterval(() => {
      this.#attempt(() => {
        store.sealInTime(this.#clock.nowNs());
      });
    }, SEAL_CHECK_MS);
    this.#tell({ type: "opened", opened: store.opened });
  }

  #keep(batch: HistoryBatch): void {
    const begun = performance.now();
    let error: string | undefined;
    try {
      this.#append(batch);
      this.#reason = "slow";
    } catch (cause) {
      error = describeWriteError(cause);
      this.#reason = "write_failed";
    }
    const tookMs = performance.now() - begun;
    this.#tell({ type: "kept", error, state: this.#state(), tookMs });
    if (error === undefined) this.#prune();
    this.#garbage.collect();
  }

  #append(batch: HistoryBatch): void {
    try {
      this.#store.append(batch, this.#reason);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#replace(error);
      this.#store.append(batch, "damaged");
    }
  }

  #replace(damage: unknown): void {
    const message = damage instanceof Error ? damage.message : String(damage);
    this.#tell({ type: "replaced", setAside: this.#store.replaceDamaged(), message });
  }

  #prune(): void {
    this.#attempt(() => {
      const report = this.#store.prune(this.#clock.nowNs());
      if (report !== undefined) this.#tell({ type: "pruned", ...report });
    });
  }

  /** What no batch waits for. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      // The next batch meets any other obstacle, and tells it; damaged pages may be such that only this comes by them.
      if (!isDamage(error)) return;
      try {
        this.#replace(error);
      } catch {
        // As above.
      }
    }
  }

  #close(): void {
    clearInterval(this.#sealTimer);
    let error: string | undefined;
    try {
      this.#store.close();
    } catch (cause) {
      error = describeWriteError(cause);
    }
    this.#tell({ type: "closed", error });
    this.#port.close();
  }

  #state(): StoreState {
    const { oldestSeq, head } = this.#store;
    try {
      return { bytes: this.#store.bytes, oldestSeq, head };
    } catch {
      return { bytes: 0, oldestSeq, head };
    }
  }

  #tell(message: FromHistoryWorker): void {
    this.#port.postMessage(message);
  }
}

function start(port: MessagePort): void {
  const data = workerData as HistoryWorkerData;
  try {
    const nowNs = (): bigint => BigInt(Date.now()) * 1_000_000n;
    new HistoryWorker(port, HistoryStore.open({ ...data, nowNs }), nowNs);
  } catch (error) {
    const fault = error instanceof HistoryError ? error.fault : "unwritable";
    const message = error instanceof Error ? error.message : String(error);
    port.postMessage({ type: "unusable", fault, message } satisfies FromHistoryWorker);
    port.close();
  }
}

if (parentPort !== null) start(parentPort);
