import { describe, expect, it, vi } from "vitest";
import { Emitter } from "../../../../extension/emitter.ts";
import { SourceRegistry } from "../../../../extension/source/sourceRegistry.ts";
import type { ProcessStream } from "../../../../extension/stream/processStream.ts";
import { LOSS_WARNING_MS } from "../../../../extension/views/lossWatch.ts";
import { StatusBar } from "../../../../extension/views/statusBar.ts";
import type { ViewStatus } from "../../../../protocol/webviewMessages.ts";
import { FakeClock } from "../fakeClock.ts";
import { fakeFilterState } from "../fakeFilterState.ts";
import { FakeSource } from "../source/fakeSource.ts";
import { nodeState } from "../source/fixtureStream.ts";

/** The editor's item, as it was left. */
const item = {
  text: "",
  tooltip: "",
  command: "",
  backgroundColor: undefined as { readonly id: string } | undefined,
  shown: false,
  show: (): void => {
    item.shown = true;
  },
  hide: (): void => {
    item.shown = false;
  },
};

vi.mock("vscode", () => ({
  StatusBarAlignment: { Left: 1 },
  ThemeColor: class {
    readonly id: string;
    constructor(id: string) {
      this.id = id;
    }
  },
  l10n: {
    t: (text: string, ...values: readonly unknown[]) =>
      text.replace(/\{(\d)\}/g, (_match, index) => String(values[Number(index)])),
  },
  window: { createStatusBarItem: () => item },
}));

const SECOND_MS = 1_000;

function open() {
  const sources = new SourceRegistry();
  const filter = fakeFilterState();
  const statusEmitter = new Emitter<void>();
  const stream = {
    isOpen: true,
    status: undefined as ViewStatus | undefined,
    onDidChangeStatus: statusEmitter.event,
  };
  const clock = new FakeClock();
  new StatusBar({ sources, filter, stream: stream as unknown as ProcessStream, clock });
  const source = new FakeSource("a");
  source.node = nodeState();
  /** What the page tells that it has lost so far. */
  const tellLost = (lost: number): void => {
    stream.status = {
      total: 9,
      shown: 9,
      failed: 0,
      lost,
      paused: false,
      waiting: 0,
      range: undefined,
      narrowed: false,
    };
    statusEmitter.fire();
    clock.advance(SECOND_MS);
  };
  const add = (): void => {
    sources.add(source);
    clock.advance(SECOND_MS);
  };
  return { sources, filter, clock, source, add, tellLost };
}

describe("StatusBar", () => {
  it("is there with the first source, and gone with the last", () => {
    const { sources, clock, add } = open();
    expect(item.shown).toBe(false);
    add();
    expect(item.shown).toBe(true);
    sources.remove("a");
    clock.advance(SECOND_MS);
    expect(item.shown).toBe(false);
  });

  it("shows the filter and the rate, and opens the commands", () => {
    const { filter, clock, add } = open();
    add();
    expect(item.text).toBe("$(list-tree) all workspaces · 1.5/s");
    filter.set({ usernames: ["jessie"] });
    clock.advance(SECOND_MS);
    expect(item.text).toBe("$(list-tree) jessie · 1.5/s");
    expect(item.tooltip).toContain("Filter: jessie");
    expect(item.command).toBe("processLogging.showCommands");
  });

  it("shows no rate of a recorded log", () => {
    const { source, add } = open();
    source.kind = "file";
    add();
    expect(item.text).toBe("$(list-tree) all workspaces");
  });

  it("warns for a minute after its tracer has lost something", () => {
    const { source, clock, add } = open();
    add();
    source.tell(nodeState({ lost: 3 }));
    clock.advance(SECOND_MS);
    // What was lost before is no news.
    expect(item.backgroundColor).toBeUndefined();
    source.tell(nodeState({ lost: 40 }));
    clock.advance(SECOND_MS);
    expect(item.backgroundColor?.id).toBe("statusBarItem.warningBackground");
    expect(item.text).toContain("$(warning)");
    clock.advance(LOSS_WARNING_MS);
    expect(item.backgroundColor).toBeUndefined();
  });

  it("warns of what the open stream has lost", () => {
    const { add, tellLost } = open();
    add();
    tellLost(37);
    expect(item.backgroundColor).toBeUndefined();
    tellLost(38);
    expect(item.backgroundColor).toBeDefined();
  });

  it("says that something is not connected", () => {
    const { source, clock, add } = open();
    add();
    source.become({ type: "disconnected", sinceMs: 0, why: "gone", retryMs: undefined });
    clock.advance(SECOND_MS);
    expect(item.text).toBe("$(debug-disconnect) all workspaces · 0/s");
    expect(item.tooltip).toContain("Not everything is connected");
  });
});
