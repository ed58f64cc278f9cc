import { describe, expect, it } from "vitest";
import { ContextKeys } from "../../../extension/contextKeys.ts";
import { Emitter } from "../../../extension/emitter.ts";
import { SourceRegistry } from "../../../extension/source/sourceRegistry.ts";
import type { ProcessStream } from "../../../extension/stream/processStream.ts";
import type { ViewStatus } from "../../../protocol/webviewMessages.ts";
import { fakeFilterState } from "./fakeFilterState.ts";
import { FakeSource } from "./source/fakeSource.ts";

const STATUS: ViewStatus = {
  ...{ total: 1, shown: 1, failed: 0, lost: 0, paused: false, waiting: 0 },
  ...{ range: undefined, narrowed: false },
};

function open() {
  const sources = new SourceRegistry();
  const filter = fakeFilterState();
  const statusEmitter = new Emitter<void>();
  const stream = {
    isOpen: false,
    status: undefined as ViewStatus | undefined,
    onDidChangeStatus: statusEmitter.event,
  };
  const changes: string[] = [];
  const keys = new ContextKeys({
    sources,
    filter,
    stream: stream as unknown as ProcessStream,
    setContext: (key, value) => changes.push(`${key.replace("processLogging.", "")}=${String(value)}`),
  });
  const take = (): string[] => changes.splice(0);
  return { sources, filter, stream, statusEmitter, keys, take };
}

describe("ContextKeys", () => {
  it("sets every key at the beginning", () => {
    expect(open().take()).toEqual([
      "streamOpen=false",
      "paused=false",
      "connected=false",
      "hasSources=false",
      "hasCluster=false",
      "hasHistory=false",
      "filtered=false",
    ]);
  });

  it("tells what changes, once", () => {
    const { sources, filter, stream, statusEmitter, take } = open();
    take();
    const source = new FakeSource("a");
    source.state = { type: "connecting" };
    sources.add(source);
    expect(take()).toEqual(["hasSources=true"]);
    source.become({ type: "connected" });
    source.become({ type: "connected" });
    expect(take()).toEqual(["connected=true"]);
    filter.set({ expression: "curl" });
    filter.set({ expression: "wget" });
    expect(take()).toEqual(["filtered=true"]);
    stream.isOpen = true;
    stream.status = { ...STATUS, paused: true };
    statusEmitter.fire();
    expect(take()).toEqual(["streamOpen=true", "paused=true"]);
    sources.remove("a");
    filter.clear();
    expect(take()).toEqual(["connected=false", "hasSources=false", "filtered=false"]);
  });

  it("has something to clear while there is a filter or the view is narrowed", () => {
    const { filter, stream, statusEmitter, take } = open();
    take();
    stream.status = { ...STATUS, narrowed: true };
    statusEmitter.fire();
    expect(take()).toEqual(["filtered=true"]);
    filter.set({ expression: "curl" });
    stream.status = STATUS;
    statusEmitter.fire();
    expect(take()).toEqual([]);
    filter.clear();
    expect(take()).toEqual(["filtered=false"]);
  });

  it("says whether there is a history to ask, also once the only one is gone", () => {
    const { sources, take } = open();
    const source = new FakeSource("a");
    source.readHistory = () => Promise.reject(new Error("nothing is to be read"));
    sources.add(source);
    expect(take()).toContain("hasHistory=true");
    sources.add(new FakeSource("b"));
    sources.remove("a");
    expect(take()).toEqual(["hasHistory=false"]);
  });

  it("listens no more to a source that is gone, nor to anything after its end", () => {
    const { sources, filter, keys, take } = open();
    const source = new FakeSource("a");
    sources.add(source);
    sources.remove("a");
    take();
    source.become({ type: "connected" });
    keys.dispose();
    filter.set({ expression: "curl" });
    sources.add(new FakeSource("b"));
    expect(take()).toEqual([]);
  });
});
