import { deflateRawSync, inflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { Arrivals } from "../../../../../webview/worker/lines/arrivals.ts";
import type { EventsWork, Work } from "../../../../../webview/worker/lines/arrivals.ts";

const encoder = new TextEncoder();

function plain(text: string): EventsWork {
  return { type: "events", source: "a", batch: 1, lines: encoder.encode(text) };
}

function packed(text: string, unpackedLength = text.length): EventsWork {
  return { ...plain(""), lines: new Uint8Array(deflateRawSync(text)), unpackedLength };
}

function noting(): { readonly arrivals: Arrivals; readonly came: Work[]; readonly problems: unknown[] } {
  const came: Work[] = [];
  const problems: unknown[] = [];
  const packer = {
    pack: () => Promise.reject(new Error("nothing is to be packed")),
    unpack: async (bytes: Uint8Array, maxOutputLength: number) => {
      await new Promise((resolve) => setImmediate(resolve));
      return inflateRawSync(bytes, { maxOutputLength }).toString();
    },
  };
  const arrivals = new Arrivals(
    packer,
    (work) => came.push(work),
    (error) => problems.push(error),
  );
  return { arrivals, came, problems };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test("hands on at once what is not packed", () => {
  const { arrivals, came } = noting();
  arrivals.add(plain("a"));
  expect([came, arrivals.busy]).toEqual([[plain("a")], false]);
});

test("keeps the order of what came, whether it has to be unpacked or not", async () => {
  const { arrivals, came } = noting();
  const export1: Work = { type: "export", id: 1, scope: "shown" };
  for (const work of [packed("a"), plain("b"), packed("c"), export1]) arrivals.add(work);
  expect([came, arrivals.busy]).toEqual([[], true]);
  await settle();
  expect(came).toEqual([{ ...packed("a"), text: "a" }, plain("b"), { ...packed("c"), text: "c" }, export1]);
  expect(arrivals.busy).toBe(false);
});

test.each([
  ["is no packed text", { ...plain("x"), unpackedLength: 4, unpackedLines: 3 }],
  ["is longer than it says", { ...packed("aaaaa", 4), unpackedLines: 3 }],
])(
  "tells of a batch that %s that it is lost, and takes it for empty so that it is answered",
  async (_, work) => {
    const { arrivals, came, problems } = noting();
    arrivals.add(work);
    arrivals.add(plain("b"));
    await settle();
    expect(problems).toHaveLength(1);
    const lost = { type: "lostLines", source: "a", lines: 3 };
    expect(came).toEqual([lost, { ...work, text: "" }, plain("b")]);
  },
);
