import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ViewFilterState } from "../../../../extension/filter/viewFilterState.ts";
import { SourceRegistry } from "../../../../extension/source/sourceRegistry.ts";
import type { StreamPanel, StreamPanelOptions } from "../../../../extension/stream/streamPanel.ts";
import type { ViewStatus } from "../../../../protocol/webviewMessages.ts";
import { FakeClock } from "../fakeClock.ts";
import { fakeFilterState } from "../fakeFilterState.ts";
import { FakeSource } from "../source/fakeSource.ts";
import { settle } from "../source/fakeTracer.ts";
import { FakePanel, FakeTabInput, FakeVscode } from "./fakeVscode.ts";

const status: ViewStatus = {
  total: 3,
  shown: 2,
  failed: 1,
  lost: 0,
  paused: false,
  waiting: 0,
  range: undefined,
  narrowed: false,
};

let vscode: FakeVscode;
let sources: SourceRegistry;
let filter: ViewFilterState;
let source: FakeSource;
let log: string[];
let stream: StreamPanel;

beforeEach(async () => {
  vscode = new FakeVscode();
  vi.resetModules();
  vi.doMock("vscode", () => vscode.module);
  const module = await import("../../../../extension/stream/streamPanel.ts");
  sources = new SourceRegistry();
  source = new FakeSource("a");
  sources.add(source);
  filter = fakeFilterState();
  log = [];
  stream = new module.StreamPanel({
    extensionUri: "/extension" as unknown as StreamPanelOptions["extensionUri"],
    sources,
    filter,
    clock: new FakeClock(),
    log: (message) => log.push(message),
  });
});

afterEach(() => {
  vi.doUnmock("vscode");
});

function openTab(): FakePanel {
  stream.open();
  const last = vscode.panels.at(-1);
  if (last === undefined) throw new Error("no tab was opened");
  return last.panel;
}

function openReady(): FakePanel {
  const panel = openTab();
  panel.say({ type: "ready" });
  panel.take();
  return panel;
}

const { signal } = new AbortController();

describe("StreamPanel", () => {
  it("opens one tab that keeps its page while it is hidden and sees only the view's files", () => {
    const panel = openTab();
    stream.open();
    expect(vscode.panels).toHaveLength(1);
    expect(panel.revealed).toBe(1);
    expect(vscode.panels[0]?.options).toMatchObject({
      retainContextWhenHidden: true,
      enableScripts: true,
      localResourceRoots: ["/extension/dist/webview"],
    });
    expect(panel.webview.html).toContain('src="https://csp.example/extension/dist/webview/main.js"');
    expect(vscode.serializerType).toBe("processLogging.stream");
  });

  it("gives its page the texts of the editor's language", () => {
    vscode.module.l10n.bundle = { Pause: "Anhalten" };
    expect(openTab().webview.html).toContain('data-texts="{&quot;Pause&quot;:&quot;Anhalten&quot;}"');
  });

  it("takes the place of a tab of before a reload that nobody has looked at yet", () => {
    const others = [{ input: new FakeTabInput("mainThreadWebview-other") }, { input: undefined }];
    vscode.tabs = [...others, { input: new FakeTabInput("mainThreadWebview-processLogging.stream") }];
    openTab();
    expect(vscode.tabs).toEqual(others);
  });

  it("tells the page nothing before it is ready, and then everything", () => {
    const panel = openTab();
    stream.pause();
    stream.focusFilter();
    stream.runRowAction("copyCommand", 7);
    expect(panel.take()).toEqual([]);
    panel.say({ type: "ready" });
    expect(panel.take()).toEqual([
      "settings",
      "visible",
      "pause",
      "filter",
      "source",
      "focusFilter",
      "rowAction",
    ]);
    expect(source.sink).toBeDefined();
  });

  it("begins anew with a page that was loaded again", () => {
    const panel = openReady();
    const before = source.sink;
    panel.say({ type: "ready" });
    expect(panel.take()).toEqual(["settings", "visible", "filter", "source"]);
    expect(source.sink).toBeDefined();
    expect(source.sink).not.toBe(before);
  });

  it("takes over the tab of before a reload, and closes a second one", async () => {
    const restored = new FakePanel();
    await stream.deserializeWebviewPanel(
      restored as unknown as Parameters<StreamPanel["deserializeWebviewPanel"]>[0],
    );
    restored.say({ type: "ready" });
    expect(restored.webview.options.localResourceRoots).toEqual(["/extension/dist/webview"]);
    expect(restored.take()).toEqual(["settings", "visible", "filter", "source"]);
    let closed = 0;
    const second = new FakePanel();
    second.onDidDispose(() => closed++);
    await stream.deserializeWebviewPanel(
      second as unknown as Parameters<StreamPanel["deserializeWebviewPanel"]>[0],
    );
    expect({ closed, html: second.webview.html, isOpen: stream.isOpen }).toEqual({
      closed: 1,
      html: "",
      isOpen: true,
    });
  });

  it("unsubscribes from everything when the tab is closed", () => {
    const panel = openReady();
    panel.say({ type: "status", status });
    expect(stream.status).toEqual(status);
    panel.dispose();
    expect({ isOpen: stream.isOpen, status: stream.status, sink: source.sink }).toEqual({
      isOpen: false,
      status: undefined,
      sink: undefined,
    });
    expect(openTab()).not.toBe(panel);
  });

  it("tells when it is opened, has another status, or is closed", () => {
    const told: boolean[] = [];
    stream.onDidChangeStatus(() => told.push(stream.isOpen));
    const panel = openReady();
    panel.say({ type: "status", status });
    panel.dispose();
    expect(told).toEqual([true, true, true, false]);
  });

  it("does what the page's own controls ask for, and nothing else", async () => {
    const panel = openReady();
    panel.say({ type: "command", command: "clearFilters" });
    panel.say({ type: "command", command: "../quit" });
    panel.say({ type: "settings", columns: ["pid"], foldRepeats: false });
    panel.say({ type: "filter", filter: { usernames: ["jessie"], workspaces: [], expression: "" } });
    await settle();
    expect(vscode.executed).toEqual(["processLogging.clearFilters"]);
    expect(vscode.updates).toEqual([
      ["columns", ["pid"], 1],
      ["foldRepeats", false, 1],
    ]);
    expect(filter.current.usernames).toEqual(["jessie"]);
    expect(log).toEqual(["dropped a message of the view that is none (1 so far)"]);
  });

  it.each<[string, string, string, number]>([
    ["as it is", "uname -a", "uname -a", 0],
    ["without a raw newline or escape, and says so", "ls\n\x1b[31m", "ls\\n\\x1b[31m", 1],
  ])("copies a command %s", async (_, text, copied, messages) => {
    openReady().say({ type: "copy", text });
    await settle();
    expect(vscode.clipboard).toEqual([copied]);
    expect(vscode.statusMessages).toHaveLength(messages);
    expect(vscode.statusMessages.join("")).not.toContain("ls");
  });

  it("writes a problem of the page into the log as one line", async () => {
    openReady().say({ type: "problem", message: "broken\nERROR forged" });
    await settle();
    expect(log).toEqual(["the view has a problem: broken\\nERROR forged"]);
  });

  it("tells the page new settings, and only its own", () => {
    const panel = openReady();
    vscode.configuration.set("timeFormat", "utc");
    vscode.configurationChanges.fire({ affectsConfiguration: (section) => section === "processLogging" });
    expect(panel.posted.at(-1)).toMatchObject({ type: "settings", settings: { timeFormat: "utc" } });
    panel.take();
    vscode.configurationChanges.fire({ affectsConfiguration: (section) => section === "editor" });
    expect(panel.take()).toEqual([]);
  });

  it("tells a page that is kept while it is hidden whether it is shown", () => {
    const panel = openReady();
    panel.show(false);
    expect(panel.posted).toEqual([{ type: "visible", visible: false }]);
    panel.say({ type: "ready" });
    panel.show(true);
    expect(panel.posted.filter(({ type }) => type === "visible").map(({ visible }) => visible)).toEqual([
      false,
      false,
      true,
    ]);
  });

  it("has the page end what narrows it beyond the filter, where there is one", () => {
    stream.clearNarrowing();
    const panel = openTab();
    stream.clearNarrowing();
    expect(panel.take()).toEqual([]);
    panel.say({ type: "ready" });
    panel.take();
    stream.clearNarrowing();
    expect(panel.take()).toEqual(["clearNarrowing"]);
  });

  it("pauses and resumes, and stays paused over a new page", () => {
    const panel = openReady();
    stream.pause();
    panel.say({ type: "ready" });
    stream.resume();
    panel.say({ type: "ready" });
    expect(panel.take().filter((type) => type === "pause" || type === "resume")).toEqual([
      "pause",
      "pause",
      "resume",
    ]);
  });

  it("exports what the page gives, and fails when the tab is closed meanwhile or there is none", async () => {
    expect(() => stream.export("shown", signal)).toThrow("the process stream was closed");
    const panel = openReady();
    const parts = stream.export("shown", signal)[Symbol.asyncIterator]();
    const first = parts.next();
    panel.say({ type: "exported", id: 1, lines: "{}\n", events: 1, totalEvents: 2, done: false });
    expect(await first).toEqual({ done: false, value: { lines: "{}\n", events: 1, totalEvents: 2 } });
    const second = parts.next();
    panel.dispose();
    await expect(second).rejects.toThrow("the process stream was closed");
  });

  it("begins an export that is asked for while the page is being loaded once it is ready", async () => {
    const panel = openTab();
    const first = stream.export("everything", signal)[Symbol.asyncIterator]().next();
    expect(panel.take()).toEqual([]);
    panel.say({ type: "ready" });
    expect(panel.take()).toEqual(["settings", "visible", "filter", "source", "export"]);
    panel.say({ type: "exported", id: 1, lines: "{}\n", events: 1, totalEvents: 1, done: true });
    expect(await first).toMatchObject({ value: { events: 1 } });
  });

  it("ends an export whose page is loaded again", async () => {
    const panel = openReady();
    const first = stream.export("everything", signal)[Symbol.asyncIterator]().next();
    panel.say({ type: "ready" });
    await expect(first).rejects.toThrow("loaded anew");
  });
});
