import { beforeEach, describe, expect, it } from "vitest";
import {
  BatchFlow,
  MAX_BATCH_LENGTH,
  MAX_UNANSWERED_BATCHES,
  MAX_UNANSWERED_LENGTH,
  PACKED_FROM_LENGTH,
} from "../../../../extension/stream/batchFlow.ts";
import type { EventLines } from "../../../../protocol/webviewMessages.ts";
import { gap } from "../source/fixtureStream.ts";
import { settle } from "../source/fakeTracer.ts";
import { isResolved } from "./isResolved.ts";

let sent: string[];
let flow: BatchFlow;

beforeEach(() => {
  sent = [];
  flow = new BatchFlow({
    batch: ({ lines }) => sent.push(Buffer.from(lines).toString()),
    gap: () => sent.push("gap"),
  });
});

function send(lines: string): Promise<void> {
  return flow.events(new TextEncoder().encode(lines));
}

const line = (length: number): string => `${"x".repeat(length - 1)}\n`;

describe("BatchFlow", () => {
  it("sends at once while there is room", async () => {
    expect(await isResolved(send("a\n"))).toBe(true);
    expect(sent).toEqual(["a\n"]);
  });

  it.each<[string, () => Promise<void>]>([
    [
      "too much is unanswered",
      async () => {
        await send(line(MAX_UNANSWERED_LENGTH));
      },
    ],
    [
      "too many batches are unanswered",
      async () => {
        for (let each = 0; each < MAX_UNANSWERED_BATCHES; each++) await send("a\n");
      },
    ],
  ])("lets the source wait while %s", async (_, fill) => {
    await fill();
    const before = sent.length;
    const waiting = send("later\n");
    expect(await isResolved(waiting)).toBe(false);
    expect(sent).toHaveLength(before);
    flow.consumed(1);
    expect(await isResolved(waiting)).toBe(true);
    expect(sent.at(-1)).toBe("later\n");
  });

  it("keeps a gap behind the events that came before it", async () => {
    await send(line(MAX_UNANSWERED_LENGTH));
    void send("a\n");
    flow.gap(gap());
    void send("b\n");
    expect(sent).toHaveLength(1);
    flow.consumed(1);
    expect(sent.slice(1)).toEqual(["a\n", "gap", "b\n"]);
  });

  it("cuts long events between lines, and loses nothing", async () => {
    const lines = Array.from({ length: 3_000 }, (_, index) => line(1_000 + (index % 7))).join("");
    void send(lines);
    await settle();
    expect(sent.join("")).toBe(lines);
    expect(sent.length).toBeGreaterThan(1);
    for (const batch of sent) {
      expect(batch.endsWith("\n")).toBe(true);
      expect(batch.length).toBeLessThanOrEqual(MAX_BATCH_LENGTH);
    }
  });

  it("gives each batch a buffer of its own, since all of it is sent on", () => {
    const buffers: number[] = [];
    const batch = ({ lines }: EventLines): number => buffers.push(lines.buffer.byteLength);
    const cut = new BatchFlow({ batch, gap: () => undefined });
    void cut.events(new TextEncoder().encode(line(1_024).repeat(1_024)));
    expect(buffers).toEqual([MAX_BATCH_LENGTH, MAX_BATCH_LENGTH]);
  });

  it("sends a line whole that is longer than a batch", () => {
    const long = line(MAX_BATCH_LENGTH * 2);
    void send(`a\n${long}b\n`);
    expect(sent).toEqual(["a\n", long, "b\n"]);
  });

  it("sends a snapshot that is bigger than the room part by part", async () => {
    const lines = line(1_000).repeat(20_000);
    const waiting = send(lines);
    let answered = 0;
    expect(await isResolved(waiting)).toBe(false);
    const first = sent.length;
    expect(sent.join("").length).toBeLessThan(MAX_UNANSWERED_LENGTH + MAX_BATCH_LENGTH);
    while (answered < sent.length) flow.consumed(++answered);
    expect(await isResolved(waiting)).toBe(true);
    expect(sent.length).toBeGreaterThan(first);
    expect(sent.join("")).toBe(lines);
  });

  it("counts an answer once, and none to a batch that it has not sent", async () => {
    await send(line(MAX_UNANSWERED_LENGTH));
    const waiting = send(line(MAX_UNANSWERED_LENGTH));
    flow.consumed(99);
    expect(await isResolved(waiting)).toBe(false);
    flow.consumed(1);
    flow.consumed(1);
    expect(await isResolved(waiting)).toBe(true);
    expect(await isResolved(send("a\n"))).toBe(false);
  });

  it("leaves nobody waiting when it is closed, and sends nothing more", async () => {
    await send(line(MAX_UNANSWERED_LENGTH));
    const waiting = send("a\n");
    flow.close();
    expect(await isResolved(waiting)).toBe(true);
    expect(await isResolved(send("b\n"))).toBe(true);
    expect(sent).toHaveLength(1);
  });

  describe("with something to pack by", () => {
    let packing: {
      readonly lines: Uint8Array;
      readonly done: PromiseWithResolvers<Uint8Array<ArrayBuffer>>;
    }[];
    let contents: EventLines[];

    beforeEach(() => {
      packing = [];
      contents = [];
      const output = { batch: (lines: EventLines) => contents.push(lines), gap: () => sent.push("gap") };
      flow = new BatchFlow(output, (lines) => {
        const done = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
        packing.push({ lines, done });
        return done.promise;
      });
    });

    const large = `a\nb\n${line(PACKED_FROM_LENGTH - 4)}`;

    it("packs what is large, and lets what is small go at once", async () => {
      void send("a\n");
      void send(large);
      expect(contents).toHaveLength(1);
      expect(packing.map(({ lines }) => lines.length)).toEqual([PACKED_FROM_LENGTH]);
      packing[0]?.done.resolve(Uint8Array.of(1, 2));
      await settle();
      expect(contents[1]).toEqual({
        lines: Uint8Array.of(1, 2),
        unpackedLength: PACKED_FROM_LENGTH,
        unpackedLines: 3,
      });
    });

    it("keeps what comes later behind what is being packed", async () => {
      const waiting = send(large);
      flow.gap(gap());
      void send("b\n");
      expect([await isResolved(waiting), sent, contents]).toEqual([false, [], []]);
      packing[0]?.done.resolve(Uint8Array.of(1));
      await settle();
      expect(await isResolved(waiting)).toBe(true);
      expect(sent).toEqual(["gap"]);
      expect(contents.map(({ lines }) => lines.length)).toEqual([1, 2]);
    });

    it("waits for answers to the length of the lines, not to that of what they are packed into", async () => {
      void send(line(MAX_UNANSWERED_LENGTH));
      packing[0]?.done.resolve(Uint8Array.of(1));
      await settle();
      void send("later\n");
      expect(contents).toHaveLength(1);
      flow.consumed(1);
      expect(contents).toHaveLength(2);
    });

    it("sends as it is what can't be packed", async () => {
      void send(large);
      packing[0]?.done.reject(new Error("no memory"));
      await settle();
      expect(contents).toEqual([{ lines: new TextEncoder().encode(large) }]);
    });

    it("leaves nobody waiting who is packing when it is closed, and sends nothing more", async () => {
      const waiting = send(large);
      flow.close();
      expect(await isResolved(waiting)).toBe(true);
      packing[0]?.done.resolve(Uint8Array.of(1));
      await settle();
      expect(contents).toEqual([]);
    });
  });
});
