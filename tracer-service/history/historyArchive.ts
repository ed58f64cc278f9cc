import { Worker } from "node:worker_threads";

import type { Labels } from "../../protocol/events.ts";
import type { HistoryHead } from "../../protocol/stream.ts";
import type { KeptEvent } from "../stream/keptEvent.ts";
import type {
  HistoryPage,
  HistoryQuery,
  HistoryReader,
  HistoryWorkspace,
  PageLimits,
} from "./historyReader.ts";
import type { HistoryWriter } from "./historyWriter.ts";
import type { SearchAnswer, SearchRequest } from "./searchMessages.ts";
import { workerExtension } from "./workerExtension.ts";

/** Whose events are meant. */
export type OwnerTest = (owner: {
  readonly labels: Labels;
  readonly namespace: string | undefined;
}) => boolean;

/** Events that can't be told any more, of numbers from first to last. `events` undefined: how many is not known. */
export interface HistoryGap {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly events: number | undefined;
  readonly execs: number | undefined;
  /** ns since 1970 UTC. */
  readonly firstNs: bigint | undefined;
  readonly lastNs: bigint | undefined;
}

/** A page, and who the workspaces are. */
export interface ArchivePage extends Pick<HistoryPage, "through" | "done"> {
  readonly events: readonly KeptEvent[];
}

/** A replay of 100,000 events leaves some 80 MB in its thread, which only the thread's end gives back. */
const IDLE_MS = 10_000;

type Writer = Pick<HistoryWriter, "settled" | "oldestSeq" | "head" | "unrecorded">;

/** Reads the history while it is written, in a thread that begins with a question and ends when none comes any more. */
export class HistoryArchive {
  readonly #file: string;
  readonly #writer: Writer;
  readonly #idleMs: number;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #latestId = 0;

  constructor(file: string, writer: Writer, idleMs = IDLE_MS) {
    this.#file = file;
    this.#writer = writer;
    this.#idleMs = idleMs;
  }

  /** Whether a thread reads, or waits for a question. */
  get running(): boolean {
    return this.#worker !== undefined;
  }

  /** Number of the first event that is kept; 0 when none is. */
  get oldestSeq(): number {
    return this.#writer.oldestSeq;
  }

  /** Up to where it goes. */
  get head(): HistoryHead {
    return this.#writer.head;
  }

  /** Resolves when everything that happened until now can be read. */
  async settled(): Promise<void> {
    await this.#writer.settled();
  }

  /** The workspaces that have events, or had some that were removed. */
  async workspaces(): Promise<readonly HistoryWorkspace[]> {
    return (await this.#ask({ type: "workspaces" })) as HistoryWorkspace[];
  }

  /** As `HistoryReader.resolve`. */
  async resolve(run: string, seq: number): Promise<number | undefined> {
    return (await this.#ask({ type: "resolve", run, seq })) as number | undefined;
  }

  /** As `HistoryReader.compareHead`. */
  async compareHead(head: HistoryHead): Promise<ReturnType<HistoryReader["compareHead"]>> {
    return (await this.#ask({ type: "compareHead", head })) as ReturnType<HistoryReader["compareHead"]>;
  }

  /** As `HistoryReader.seqBefore`. */
  async seqBefore(timeNs: bigint): Promise<number> {
    return (await this.#ask({ type: "seqBefore", timeNs })) as number;
  }

  /** The next part of the events of whoever passes the test. */
  async page(
    query: Omit<HistoryQuery, "workspaces">,
    isMeant: OwnerTest,
    limits: Partial<PageLimits> = {},
  ): Promise<ArchivePage> {
    const owners = new Map((await this.workspaces()).filter(isMeant).map((each) => [each.id, each]));
    const whole = { ...query, workspaces: [...owners.keys()] };
    const page = (await this.#ask({ type: "page", query: whole, limits })) as HistoryPage;
    const events = page.events.flatMap(({ workspace, ...event }) => {
      const owner = owners.get(workspace);
      return owner === undefined ? [] : [{ ...event, labels: owner.labels, namespace: owner.namespace }];
    });
    return { events, through: page.through, done: page.done };
  }

  /** What is not there any more of the events between two numbers, both exclusive, of whoever passes the test. */
  async gaps(after: number, before: number, isMeant: OwnerTest): Promise<HistoryGap[]> {
    const gaps: HistoryGap[] = [];
    const removed = (await this.workspaces())
      .filter(isMeant)
      .flatMap(({ removed: each }) => (each === undefined ? [] : [each]))
      .filter(({ firstSeq, lastSeq }) => lastSeq > after && firstSeq < before);
    if (removed.length > 0) {
      // What was removed is counted per workspace, so a part of it can't be told.
      const isWhole = removed.every(({ firstSeq, lastSeq }) => firstSeq > after && lastSeq < before);
      const sum = (count: (each: (typeof removed)[number]) => number): number | undefined =>
        isWhole ? removed.reduce((total, each) => total + count(each), 0) : undefined;
      const [firstNs, lastNs] = [removed.map((each) => each.firstNs), removed.map((each) => each.lastNs)];
      gaps.push({
        firstSeq: Math.max(after + 1, Math.min(...removed.map((each) => each.firstSeq))),
        lastSeq: Math.min(before - 1, Math.max(...removed.map((each) => each.lastSeq))),
        events: sum(({ events }) => events),
        execs: sum(({ execs }) => execs),
        firstNs: isWhole ? firstNs.reduce((a, b) => (b < a ? b : a)) : undefined,
        lastNs: isWhole ? lastNs.reduce((a, b) => (b > a ? b : a)) : undefined,
      });
    }
    const recorded = (await this.#ask({ type: "missing" })) as ReturnType<HistoryReader["missing"]>;
    const unrecorded = this.#writer.unrecorded.map((range) => ({ ...range, reason: "write_failed" }));
    for (const { firstSeq, lastSeq, reason } of [...recorded, ...unrecorded]) {
      if (lastSeq <= after || firstSeq >= before) continue;
      const [first, last] = [Math.max(firstSeq, after + 1), Math.min(lastSeq, before - 1)];
      const unknown = { execs: undefined, firstNs: undefined, lastNs: undefined };
      const isUnknown = reason === "elsewhere" || reason === "forgotten";
      const events = isUnknown ? undefined : last - first + 1;
      gaps.push({ firstSeq: first, lastSeq: last, events, ...unknown });
    }
    return gaps;
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    await this.#worker?.terminate();
  }

  async #ask(request: SearchRequest): Promise<unknown> {
    clearTimeout(this.#idle);
    const worker = (this.#worker ??= this.#start());
    const id = ++this.#latestId;
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(id, answer);
    worker.postMessage({ id, request });
    return await answer.promise;
  }

  #start(): Worker {
    const worker = new Worker(new URL(`./searchWorker.${workerExtension()}`, import.meta.url), {
      workerData: this.#file,
    });
    worker.unref();
    const endIdle = (): void => {
      this.#worker = undefined;
      void worker.terminate();
    };
    worker.on("message", (answer: SearchAnswer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if (answer.error === undefined) waiting?.resolve(answer.result);
      else waiting?.reject(new Error(answer.error));
      if (this.#waiting.size === 0) this.#idle = setTimeout(endIdle, this.#idleMs).unref();
    });
    const end = (error: Error): void => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    };
    worker.on("error", (cause) => {
      end(new Error("the thread that reads the history failed", { cause }));
    });
    worker.on("exit", () => {
      end(new Error("the thread that reads the history has ended"));
    });
    return worker;
  }
}
