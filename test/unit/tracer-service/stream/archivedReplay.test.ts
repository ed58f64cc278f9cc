import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { splitFrame, type ServerFrame } from "../../../../protocol/serverFrame.ts";
import { HistoryBatchBuilder, type HistoryBatch } from "../../../../tracer-service/history/historyBatch.ts";
import { UnkeptEvents } from "../../../../tracer-service/history/unkeptEvents.ts";
import type { KeptEvent } from "../../../../tracer-service/stream/keptEvent.ts";
import { StreamHub, type HubArchive } from "../../../../tracer-service/stream/streamHub.ts";
import { historyEvent } from "../history/historyFixture.ts";

const STEPS = [
  "event",
  "skipped",
  "batch",
  "kept",
  "failed",
  "full",
  "drain",
  "settle",
  "subscribe",
] as const;
const SUBSCRIBE = JSON.stringify({
  ...{ type: "subscribe", filter: { usernames: [], workspaces: [] }, since: { run: "r", seq: 0 } },
});

const utf8 = new TextDecoder();
const split = (frame: string): ServerFrame => splitFrame(Buffer.from(frame));

/** A hub whose events go into an archive by batches, as the test says. */
class Keeping {
  readonly frames: string[] = [];
  readonly transport = {
    bufferedBytes: 0,
    send: (frame: string): void => void this.frames.push(frame),
    close: (): void => undefined,
  };
  readonly #builder = new HistoryBatchBuilder();
  readonly #unkept = new UnkeptEvents(() => this.#builder.collected, 2_000);
  readonly #archived: KeptEvent[] = [];
  readonly #missing = new Set<number>();
  readonly #sent: HistoryBatch[] = [];
  readonly #archive: HubArchive = {
    oldestSeq: 1,
    head: { seq: 0, hash: "" },
    compareHead: () => Promise.resolve("extends"),
    workspaces: () => Promise.resolve([]),
    resolve: () => Promise.resolve(undefined),
    seqBefore: () => Promise.resolve(0),
    page: ({ after, before }) => {
      const events = this.#archived.filter(({ seq }) => seq > after && seq < before);
      const part = events.slice(0, 2);
      const done = part.length === events.length;
      return Promise.resolve({ events: part, through: done ? before - 1 : (part.at(-1)?.seq ?? 0), done });
    },
    gaps: (after, before) => {
      const counts = { events: 1, execs: 1, firstNs: undefined, lastNs: undefined };
      const seqs = [...this.#missing].filter((seq) => seq > after && seq < before);
      return Promise.resolve(seqs.map((seq) => ({ firstSeq: seq, lastSeq: seq, ...counts })));
    },
  };
  readonly hub = new StreamHub({
    node: { node: "n", bootId: "b", kernel: "6", serviceVersion: "1", run: "r" },
    formatter: { format: ({ seq }) => `{"seq":${String(seq)}}\n`, formatProcess: () => "\n" },
    workspaces: () => [],
    dateOfBoot: (ns) => ns,
    clock: { nowMs: () => 0, after: () => () => undefined },
    maxBufferedBytes: 1_000,
    archive: this.#archive,
    recent: this.#unkept,
  });
  seq = 0;

  /** `isKept`: whether there is room for it in the next batch. */
  write(isKept: boolean): void {
    const event = historyEvent({ seq: ++this.seq });
    this.#builder.add(event, `{"seq":${String(this.seq)}}\n`, isKept ? Infinity : 0);
    if (!isKept) this.#missing.add(this.seq);
    this.hub.write(event);
  }

  batch(): void {
    if (this.#builder.count === 0) return;
    const batch = this.#builder.take("r", 0n);
    this.#unkept.add(batch);
    this.#sent.push(batch);
  }

  async settle(isKept: boolean): Promise<void> {
    const batch = this.#sent.shift();
    if (batch === undefined) return;
    for (let seq = batch.firstSeq; isKept && seq < batch.firstSeq + batch.count; seq++) {
      this.#archived.push(...(await this.#unkept.read(seq)).slice(0, 1));
    }
    if (isKept) {
      this.#unkept.kept(batch);
      this.#builder.reuse(batch);
    } else {
      for (let index = 0; index < batch.count; index++) this.#missing.add(batch.firstSeq + index);
      this.#unkept.failed(batch);
    }
  }
}

/** Numbers of the events sent or told as missing since the latest subscription. */
function told(frames: readonly string[]): number[] {
  const last = frames.findLastIndex((frame) => split(frame).header.type === "subscribed");
  return frames.slice(last + 1).flatMap((frame) => {
    const { header, lines } = split(frame);
    if (header.type === "gap")
      return Array.from({ length: header.lastSeq - header.firstSeq + 1 }, (_, i) => header.firstSeq + i);
    return header.type === "events"
      ? [...utf8.decode(lines).matchAll(/"seq":(\d+)/g)].map(([, seq]) => Number(seq))
      : [];
  });
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
}

describe("a replay from memory and archive", () => {
  it("tells every event exactly once or in a gap while batches are kept, and fail, meanwhile", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...STEPS), { maxLength: 120 }), async (steps) => {
        const keeping = new Keeping();
        const { hub, frames, transport } = keeping;
        const client = hub.connect(transport);
        client.receive(SUBSCRIBE);
        for (const step of steps) {
          if (step === "event" || step === "skipped") keeping.write(step === "event");
          else if (step === "batch") keeping.batch();
          else if (step === "kept" || step === "failed") await keeping.settle(step === "kept");
          else if (step === "settle") await turns();
          else if (step === "subscribe") client.receive(SUBSCRIBE);
          else transport.bufferedBytes = step === "full" ? 2_000 : 0;
          if (step === "drain") client.drained();
        }
        transport.bufferedBytes = 0;
        for (let round = 0; round < 200 && told(frames).length < keeping.seq; round++) {
          client.drained();
          await turns();
        }
        const all = Array.from({ length: keeping.seq }, (_, index) => index + 1);
        expect(told(frames).sort((a, b) => a - b)).toEqual(all);
        const events = told(frames.filter((frame) => split(frame).header.type !== "gap"));
        expect(events).toEqual([...events].sort((a, b) => a - b));
      }),
      { numRuns: 200 },
    );
  });
});
