import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { ClusterNode } from "../../../../extension/cluster/inventory/clusterNode.ts";
import { ClusterInventory } from "../../../../extension/cluster/inventory/clusterInventory.ts";
import type { OpenCluster } from "../../../../extension/cluster/openCluster.ts";
import type { Clusters } from "../../../../extension/commands/clusters.ts";
import { EnableLogging } from "../../../../extension/commands/enableLogging.ts";
import type { Reports } from "../../../../extension/commands/reports.ts";
import { Emitter } from "../../../../extension/emitter.ts";
import { clusterNode, tracerPod } from "../cluster/fixtureObjects.ts";
import { FakeApiServer, turn } from "../cluster/fakeApiServer.ts";
import { FakeClock } from "../fakeClock.ts";

/** What the editor was told, and what cancels the progress that it shows. */
const editor = vi.hoisted(() => ({
  warnings: [] as string[],
  news: [] as string[],
  progress: [] as string[],
  cancel: (): void => undefined,
}));

vi.mock("vscode", () => ({
  l10n: {
    t: (text: string, ...values: (string | number)[]) =>
      text.replaceAll(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)])),
  },
  ProgressLocation: { Notification: 1 },
  window: {
    showInformationMessage: (text: string) => editor.news.push(text),
    showWarningMessage: (text: string, ...[, button]: unknown[]) => {
      if (button === undefined) editor.warnings.push(text);
      return Promise.resolve(button);
    },
    withProgress: (_: unknown, task: (progress: unknown, cancelled: unknown) => Promise<void>) =>
      task(
        { report: ({ message }: { message: string }) => editor.progress.push(message) },
        { onCancellationRequested: (call: () => void) => (editor.cancel = call) },
      ),
  },
}));
vi.mock("../../../../extension/cluster/kubeconfig/kubernetesLibrary.ts", () => ({ dumpYaml: () => "" }));

const IMAGE = "tracer:2";

describe("EnableLogging", () => {
  let folder: string;
  let clock: FakeClock;
  let inventory: ClusterInventory;
  let reports: string[];
  const changed = new Emitter<void>();

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "enable-logging-"));
    mkdirSync(join(folder, "dist/extension"), { recursive: true });
    writeFileSync(join(folder, "dist/extension/deploy.json"), "[]");
    clock = new FakeClock();
    inventory = new ClusterInventory();
    reports = [];
    Object.assign(editor, { warnings: [], news: [], progress: [] });
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** Begins to enable; what is returned says whether that has ended. */
  async function enable(...nodes: readonly ClusterNode[]): Promise<() => boolean> {
    inventory.applyNodes({ all: true, changed: nodes, removed: [] });
    const source = {
      ...{ inventory, name: "prod", server: "https://x", listed: true, nodesState: { type: "connected" } },
      ...{ onDidChangeState: changed.event, onDidChangeInventory: changed.event },
    };
    const cluster = { api: new FakeApiServer(), namespaces: [], source } as unknown as OpenCluster;
    const clusters = { choose: () => Promise.resolve(cluster), settings: () => ({ image: IMAGE }) };
    const shown = {
      show: (title: string, text: string) => {
        reports.push(`${title}\n${text}`);
        return Promise.resolve();
      },
    };
    const command = new EnableLogging({
      ...{ clusters: clusters as unknown as Clusters, reports: shown as unknown as Reports },
      ...{ folder, clock },
    });
    let ended = false;
    void Promise.resolve(command.commands().enableLogging?.()).then(() => (ended = true));
    // The manifests are read from a file.
    await vi.waitFor(() => {
      expect(editor.progress.length).toBeGreaterThan(0);
    });
    await turn();
    return () => ended;
  }

  async function tracers(...pods: readonly ReturnType<typeof tracerPod>[]): Promise<void> {
    inventory.applyPods("", { all: true, changed: pods, removed: [] });
    changed.fire();
    await turn();
  }

  it("waits until all tracers run the image that was applied", async () => {
    inventory.applyPods("", { all: true, changed: [tracerPod("old", "n1")], removed: [] });
    const ended = await enable(clusterNode("n1"));
    expect(ended()).toBe(false);
    expect(editor.progress.at(-1)).toBe("0 of 1 node logs");
    await tracers(tracerPod("new", "n1", undefined, IMAGE));
    expect(ended()).toBe(true);
    expect(editor.news).toEqual(["Process logging is enabled: the only node logs."]);
    expect(editor.warnings).toEqual([]);
  });

  it("does not wait for nodes that can't log, and says which and why", async () => {
    const ended = await enable(clusterNode("n1"), clusterNode("n2", "5.4.0"));
    expect(ended()).toBe(false);
    await tracers(tracerPod("new", "n1", undefined, IMAGE));
    expect(ended()).toBe(true);
    expect(editor.warnings).toEqual(["1 of 2 nodes can't log. The report says why."]);
    expect(reports.at(-1)).toMatch(/✓ +n1 .*\n.*✗ +n2 .*kernel 5\.4\.0 is older than 5\.8/);
    expect(editor.news).toEqual([]);
  });

  it.each([
    [
      "after five minutes",
      () => {
        clock.advance(299_999);
        clock.advance(1);
      },
    ],
    [
      "when it is cancelled",
      () => {
        editor.cancel();
      },
    ],
  ])("reports %s which nodes don't log yet and why", async (_, end) => {
    const ended = await enable(clusterNode("n1"), clusterNode("n2"), clusterNode("n3", "5.4.0"));
    await tracers(tracerPod("old", "n1"));
    expect(ended()).toBe(false);
    end();
    await turn();
    expect(ended()).toBe(true);
    expect(editor.warnings).toEqual(["3 of 3 nodes don't log yet. The report says why."]);
    expect(reports.at(-1)).toMatch(
      /… +n1 .*its tracer is ready, and runs the image tracer:1\n.*\? +n2 .*\n.*✗ +n3 /,
    );
  });
});
