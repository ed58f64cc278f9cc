import { describe, expect, it } from "vitest";

import type { OwnerTest } from "../../../../tracer-service/history/historyArchive.ts";
import type { HistoryWorkspace } from "../../../../tracer-service/history/historyReader.ts";
import type { KeptEvent } from "../../../../tracer-service/stream/keptEvent.ts";
import {
  StreamReplay,
  type ReplayContext,
  type ReplayReader,
} from "../../../../tracer-service/stream/streamReplay.ts";

const OWNERS = [
  ...["seen", "denied", "asked", "refused"].map((namespace) => ({
    labels: { username: "jessie" },
    namespace,
  })),
  ...["seen", "denied", "asked", "elsewhere"].map((namespace) => ({
    labels: { username: "robin" },
    namespace,
  })),
];

interface Setup {
  readonly undecidable?: string;
  readonly endsAt?: number;
}

/** A replay of three archived events and two in memory, for who asks for jessie's and sees "seen" and "asked". */
function setUp({ undecidable, endsAt }: Setup = {}) {
  const decided = new Map([
    ["seen", true],
    ["denied", false],
  ]);
  const asked: (string | undefined)[] = [];
  const tests: Record<"gaps" | "page", OwnerTest[]> = { gaps: [], page: [] };
  const taken: number[] = [];
  const passed: number[] = [];
  const state = { caughtUp: false, pages: 0, reads: 0 };
  const event = (seq: number): KeptEvent => ({
    ...{ seq, timeNs: 0n, type: "exec", line: `${String(seq)}\n` },
    ...{ labels: { username: "jessie" }, namespace: "seen" },
  });
  const context: ReplayContext = {
    recent: {
      ...{ oldestSeq: 4, bytes: 0, seqBefore: () => undefined },
      nextSeq: (seq) => Math.max(seq, 4),
      read: (seq) => {
        state.reads++;
        return Promise.resolve([event(seq)]);
      },
    },
    archive: {
      resolve: () => Promise.resolve(0),
      workspaces: () => Promise.resolve(OWNERS as unknown as HistoryWorkspace[]),
      gaps: (_after, _before, isMeant) => {
        tests.gaps.push(isMeant);
        return Promise.resolve([]);
      },
      page: ({ after, before }, isMeant) => {
        state.pages++;
        tests.page.push(isMeant);
        const seq = after + 1;
        return Promise.resolve({ events: [event(seq)], through: seq, done: seq + 1 === before });
      },
    },
    seqBeforeLast: () => Promise.resolve(0),
    firstSeq: 1,
    latestSeq: () => 5,
    formatTime: String,
  };
  const reader: ReplayReader = {
    sight: {
      all: false,
      sees: (namespace = "") => decided.get(namespace),
      decide: () => expect.unreachable(),
    },
    matches: ({ username }) => username === "jessie",
    decide: (namespace = "") => {
      asked.push(namespace);
      if (namespace === undecidable) return Promise.resolve(false);
      decided.set(namespace, namespace === "asked");
      return Promise.resolve(true);
    },
    isFull: () => false,
    take: ({ seq }) => {
      taken.push(seq);
      if (seq === endsAt) replay.end();
    },
    tellGap: () => expect.unreachable(),
    begins: () => undefined,
    passed: (seq) => passed.push(seq),
    caughtUp: () => {
      state.caughtUp = true;
    },
  };
  const replay = new StreamReplay(context, reader);
  /** Whose events the archive was asked for, by each question. */
  const meant = () =>
    [...tests.gaps, ...tests.page].map((isMeant) =>
      OWNERS.filter(isMeant).map(({ labels, namespace }) => `${labels.username}/${namespace}`),
    );
  return { replay, state, asked, taken, passed, meant };
}

describe("a replay for who may not see everything", () => {
  it("asks the archive only for what is meant and may be seen, once that is decided", async () => {
    const { replay, state, asked, taken, passed, meant } = setUp();
    await replay.run({ from: 1 });
    expect(asked).toEqual(["asked", "refused"]);
    expect(new Set(meant().map((owners) => owners.join()))).toEqual(new Set(["jessie/seen,jessie/asked"]));
    expect(meant()).toHaveLength(4);
    expect(taken).toEqual([1, 2, 3, 4, 5]);
    expect(passed).toEqual([3]);
    expect(state.caughtUp).toBe(true);
  });

  it("asks for nothing where it can't be decided", async () => {
    const { replay, asked, meant } = setUp({ undecidable: "asked" });
    await replay.run({ from: 1 });
    expect([asked, meant()]).toEqual([["asked"], []]);
  });

  it.each([
    ["the archive than a page", 1, { pages: 2, reads: 0, caughtUp: false }],
    ["memory", 4, { pages: 3, reads: 1, caughtUp: false }],
  ])("reads no further in %s once it is ended", async (_, endsAt, expected) => {
    const { replay, state, taken } = setUp({ endsAt });
    await replay.run({ from: 1 });
    expect(state).toEqual(expected);
    expect(taken.at(-1)).toBe(endsAt);
  });
});
