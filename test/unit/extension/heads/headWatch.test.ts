import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { HeadMemory, MAX_HEADS } from "../../../../extension/heads/headMemory.ts";
import { HeadWatch } from "../../../../extension/heads/headWatch.ts";
import { SourceRegistry } from "../../../../extension/source/sourceRegistry.ts";
import type { HeadMessage, HistoryHead, NodeState } from "../../../../protocol/stream.ts";
import { FakeClock } from "../fakeClock.ts";
import { FakeSource } from "../source/fakeSource.ts";
import { fakeMemento } from "./fakeMemento.ts";

const head = (seq: number): HistoryHead => ({ seq, hash: "a".repeat(64) });

/** A tracer whose history answers as the test says. */
class HeadSource extends FakeSource {
  answer: HeadMessage["answer"] = "extends";

  checkHead(): Promise<HeadMessage["answer"]> {
    return Promise.resolve(this.answer);
  }

  /** Connects and tells a head, or that there is none. */
  tells(told: HistoryHead | undefined): void {
    this.node = { head: told } as NodeState;
    this.become({ type: "connected" });
  }

  loses(): void {
    this.become({ type: "disconnected", sinceMs: 0, why: "gone", retryMs: undefined });
  }
}

function open(memento = fakeMemento()) {
  const sources = new SourceRegistry();
  const clock = new FakeClock();
  const memory = new HeadMemory(memento);
  const said: string[] = [];
  const warned: string[] = [];
  const options = { sources, memory, clock, log: (text: string) => void said.push(text) };
  const watch = new HeadWatch({ ...options, warn: ({ id }) => void warned.push(id) });
  const add = (id: string): HeadSource => {
    const source = new HeadSource(id);
    sources.add(source);
    return source;
  };
  return { clock, memory, said, warned, watch, add };
}

describe("HeadWatch", () => {
  it("warns once of a history that went back, in later windows, too, until that is accepted", async () => {
    const memento = fakeMemento();
    const first = open(memento);
    const source = first.add("a");
    source.tells(head(9));
    source.loses();
    source.tells(head(4));
    expect(first.watch.differs(source)).toBe(true);
    expect(first.warned).toEqual(["a"]);
    first.watch.dispose();
    await setImmediate();
    const second = open(memento);
    const again = second.add("a");
    again.tells(head(5));
    expect(second.watch.differs(again)).toBe(true);
    second.watch.accept(again);
    expect(second.watch.differs(again)).toBe(false);
    second.watch.dispose();
    await setImmediate();
    const third = open(memento);
    const last = third.add("a");
    last.tells(head(6));
    await setImmediate();
    expect([third.watch.differs(last), third.warned]).toEqual([false, []]);
  });

  it("remarks a tracer that tells no head any more, and that it tells one again", () => {
    const { watch, said, warned, add } = open();
    const source = add("a");
    const changes: string[] = [];
    watch.onDidChange(({ id }) => changes.push(id));
    source.tells(head(9));
    source.loses();
    source.tells(undefined);
    source.tells(undefined);
    expect(watch.isUntold(source)).toBe(true);
    expect(said).toEqual(["node-a tells no head of its history any more: it can't be compared with before"]);
    expect([changes, warned]).toEqual([["a"], []]);
    source.tells(head(10));
    expect(watch.isUntold(source)).toBe(false);
  });

  it("says that tracers were forgotten, when they are and in each later window", async () => {
    const memento = fakeMemento();
    const first = open(memento);
    for (let i = 0; i < MAX_HEADS + 2; i++) first.add(String(i)).tells(head(i + 1));
    first.watch.dispose();
    await setImmediate();
    const text = `2 tracers' heads were forgotten, since ${String(MAX_HEADS)} are remembered: an older copy of their history is not noticed`;
    expect(first.said).toEqual([`now ${text}`]);
    expect(open(memento).said).toEqual([`so far ${text}`]);
  });
});
