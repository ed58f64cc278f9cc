import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { systemClock } from "../../extension/clock.ts";
import { askClaimedUser } from "../../extension/cluster/claimedUser.ts";
import { removeTracers } from "../../extension/commands/removeTracers.ts";
import type { ApiServer } from "../../extension/cluster/api/apiServer.ts";
import { applyObjects, findApplied } from "../../extension/cluster/deploy/applyObjects.ts";
import { deploymentObjects, nodePod } from "../../extension/cluster/deploy/deployment.ts";
import { type KubeObject, parseKubeObject } from "../../extension/cluster/api/kubeObject.ts";
import { nodeTracerId } from "../../extension/cluster/tracers/nodeTracer.ts";
import type { OpenCluster } from "../../extension/cluster/openCluster.ts";
import { rolloutOf } from "../../extension/cluster/deploy/rollout.ts";
import { runNodePod } from "../../extension/cluster/deploy/runNodePod.ts";
import type { EventSource, EventSubscription } from "../../extension/source/eventSource.ts";
import { MergedFlows } from "../../extension/stream/mergedFlows.ts";
import { deployManifests } from "../../scripts/deployManifests.mjs";
import { allInKernel, pinnedInKernel } from "../kernel/support/bpfIds.ts";
import { TestPrograms } from "../kernel/support/testPrograms.ts";
import { describeCluster } from "./support/describeCluster.ts";
import { EditorCluster } from "./support/editorCluster.ts";
import { kubectlOutput, type Manifest } from "./support/kubectl.ts";
import { listeningPorts } from "./support/listeningPorts.ts";
import { SilentNode } from "./support/silentNode.ts";
import { DIRECTORY_VARIABLE, tracerImage, workspaceImage } from "./support/testEnvironment.ts";
import { TestNamespace } from "./support/testNamespace.ts";
import { until } from "./support/until.ts";
import { coderLabels, pod } from "./support/workspacePods.ts";

const PIN_DIRECTORY = "/sys/fs/bpf/process-logging";
const MANIFESTS = deployManifests(join(import.meta.dirname, "../..")).map(parseKubeObject);

describeCluster("a cluster that the editor deploys to", () => {
  let own: TestNamespace;
  let other: TestNamespace;
  let editor: EditorCluster;
  let api: ApiServer;
  let cluster: OpenCluster;
  let objects: readonly KubeObject[];
  let node = "";
  let ports: readonly number[];
  const programs = new TestPrograms();
  const lines: string[] = [];

  beforeAll(async () => {
    own = await TestNamespace.create("editor-seen");
    other = await TestNamespace.create("editor-unseen");
    ports = listeningPorts();
    editor = await EditorCluster.open();
    ({ api, cluster } = editor);
    await own.apply(workspace("main", "jessie"));
    await other.apply(workspace("main", "amy"));
    await own.wait("condition=Ready", "pod/main");
    await other.wait("condition=Ready", "pod/main");
    const pod = () =>
      [...cluster.source.inventory.pods.values()].find(({ namespace }) => namespace === own.name);
    await until("the workspace is seen", () => pod()?.phase === "running");
    node = pod()?.node ?? "";
    objects = deploymentObjects({ manifests: MANIFESTS, image: tracerImage(), namespaces: [own.name] });
  });

  afterAll(async () => {
    programs.remove();
    await editor.close();
    await own.close();
    await other.close();
  });

  function shown(namespace: string): unknown {
    return [...cluster.source.workspaces.values()].find((each) => each.namespace === namespace);
  }

  function tracer(): EventSource | undefined {
    return editor.sources.all.find(({ id }) => id === nodeTracerId(cluster.source.id, node));
  }

  /** Takes what the tracer tells from now on: a source has one who listens at a time. */
  function listen(): void {
    tracer()?.subscribe(
      { usernames: [], workspaces: [] },
      {
        events: (text) => {
          lines.push(...Buffer.from(text).toString().trim().split("\n"));
          return Promise.resolve();
        },
        gap: () => undefined,
      },
    );
  }

  /** Runs a program in a workspace, and waits until the stream has it. */
  async function streamed(namespace: TestNamespace, word: string): Promise<Line> {
    await namespace.output("exec", "main", "--", "echo", word);
    const found = (): string | undefined => lines.find((line) => line.includes(word));
    await until(
      `the stream has ${word}`,
      () => found() !== undefined,
      () => state(),
    );
    return JSON.parse(found() ?? "") as Line;
  }

  function state(): string {
    return JSON.stringify([tracer()?.state, editor.logged.slice(-5)]);
  }

  it("checks a node by a pod that leaves nothing behind", async () => {
    const signal = new AbortController().signal;
    const pod = nodePod(MANIFESTS, { image: tracerImage(), node, namespace: "default", command: "check" });
    const { said } = await runNodePod(pod, { api, clock: systemClock, signal });
    expect(said).toMatch(/BTF/i);
    const left = await kubectlOutput([
      "get",
      "pods",
      "-n",
      "default",
      "-l",
      "app.kubernetes.io/name=check",
      "-o",
      "name",
    ]);
    expect(left).toBe("");
  });

  it("passes the server's own check, and says before that nothing logs", async () => {
    const list = JSON.stringify({
      apiVersion: "v1",
      kind: "List",
      items: objects.filter(({ kind }) => kind === "Namespace"),
    });
    await kubectlOutput(["apply", "--server-side", "--dry-run=server", "--filename=-"], list);
    expect(shown(own.name)).toMatchObject({ activity: "not_logged", why: `no tracer on node ${node}` });
  });

  it("deploys the tracers, and sees when all nodes log", async () => {
    await applyObjects(api, objects, () => undefined);
    await until(
      "all nodes log",
      () => rolloutOf(cluster.source.inventory).waiting.length === 0,
      () => JSON.stringify(rolloutOf(cluster.source.inventory)),
    );
    expect(shown(own.name)).toMatchObject({
      place: { loggedBy: "tracer" },
      why: expect.stringContaining("started before the tracer's pod") as string,
    });
  });

  it("streams through the API server what runs in a workspace, with its pod and its user", async () => {
    await until("the tracer is connected", () => tracer()?.state.type === "connected", state);
    listen();
    const { fields } = await streamed(own, "hello-from-jessie");
    expect(fields).toMatchObject({
      labels: { username: "jessie", workspace_name: "main" },
      kubernetes: { namespace: own.name, pod: "main" },
    });
    await until("the workspace is known to log", () => JSON.stringify(shown(own.name)).includes('"logging"'));
    // No port of this machine leads to the tracer: the forwarded stream is the connection itself.
    expect(listeningPorts()).toEqual(ports);
  });

  it("streams on in the order of time while the tracer of another node that is in view can't be reached", async () => {
    const silent = await SilentNode.create("silent-beside");
    const merged = new MergedFlows({ clock: systemClock, onLate: () => undefined });
    const told: string[] = [];
    const open = new Map<string, EventSubscription>();
    const join = (): void => {
      for (const source of editor.sources.all) {
        if (open.has(source.id)) continue;
        const events = (text: Uint8Array): Promise<void> => {
          told.push(
            ...[
              ...Buffer.from(text)
                .toString()
                .matchAll(/"echo (beside-\d+)"/g),
            ].map(([, word = ""]) => word),
          );
          return Promise.resolve();
        };
        const sink = merged.open(source.id, { events, gap: () => undefined });
        merged.setLive(source.id, source.state.type === "connected");
        source.onDidChangeState(() => {
          merged.setLive(source.id, source.state.type === "connected");
        });
        open.set(source.id, source.subscribe({ usernames: [], workspaces: [] }, sink));
      }
    };
    try {
      await silent.tracerRuns();
      const spec = { nodeName: silent.name };
      await own.apply(pod("silent", "true", { labels: coderLabels("zoe"), spec }));
      await silent.podRuns(own.name, "pod/silent", "dev");
      const other = (): EventSource | undefined =>
        editor.sources.all.find(({ id }) => id === nodeTracerId(cluster.source.id, silent.name));
      await until("the other node is tried", () => other()?.state.type === "disconnected");
      join();
      expect(open.size).toBe(editor.sources.all.length);
      const words = Array.from({ length: 5 }, (_, index) => `beside-${String(index)}`);
      for (const word of words) await own.output("exec", "main", "--", "echo", word);
      await until(
        "all of it is told",
        () => told.length >= words.length,
        () => JSON.stringify([told, state()]),
      );
      expect([...new Set(told)]).toEqual(words);
      expect(other()?.state.type).not.toBe("connected");
    } finally {
      for (const subscription of open.values()) subscription.dispose();
      merged.dispose();
      listen();
      await own.kubectl("delete", "pod/silent", "--force", "--grace-period=0");
      await silent.close();
    }
  });

  it("gets nothing of a namespace where nobody let readers in", async () => {
    await other.output("exec", "main", "--", "echo", "hello-from-amy");
    await streamed(own, "after-amy");
    expect(lines.filter((line) => line.includes("hello-from-amy"))).toEqual([]);
  });

  it("continues when the tracer's pod is deleted while it streams", async () => {
    const before = cluster.source.inventory.tracerOf(node)?.uid;
    await kubectlOutput(["delete", "pod", "-n", "process-logging", "-l", "app.kubernetes.io/name=tracer"]);
    await until("another pod is ready", () => {
      const now = cluster.source.inventory.tracerOf(node);
      return now?.uid !== before && now?.logging?.ready === true;
    });
    await until("the tracer is connected again", () => tracer()?.state.type === "connected", state);
    await streamed(own, "after-the-restart");
  });

  it("names the person in the tracer's access log, and never shows it the admin's credentials", async () => {
    const log = await kubectlOutput([
      ...[
        "logs",
        "-n",
        "process-logging",
        "-l",
        "app.kubernetes.io/name=tracer",
        "-c",
        "exectrace",
        "--tail=-1",
      ],
    ]);
    const viewings = log.split("\n").filter((line) => line.includes('"msg":"access"'));
    expect(viewings.length).toBeGreaterThan(0);
    const [first] = viewings.map((line) => JSON.parse(line) as Line);
    expect(first?.fields["access"]).toMatchObject({
      reader: { type: "service_account", namespace: "process-logging", name: "process-logging-viewer" },
      claimed_user: (await askClaimedUser(api))?.username,
    });
  });

  it("removes exactly what it applied, and leaves no program in the kernel", async () => {
    const { objects: applied, unseen } = await findApplied(api);
    expect(unseen).toEqual([]);
    expect(applied.length).toBe(objects.length);
    const seen = seesNode() ? pinnedInKernel(PIN_DIRECTORY) : undefined;
    if (seen !== undefined) {
      expect(seen.programs.length).toBeGreaterThan(0);
      expect(seen.links.length).toBeGreaterThan(0);
      expect(allInKernel(programs.path("list_bpf"))).toMatchObject({
        programs: expect.arrayContaining([...seen.programs]) as number[],
        links: expect.arrayContaining([...seen.links]) as number[],
      });
    }
    const removal = await removeTracers({
      ...{ cluster, objects: applied, manifests: MANIFESTS, clock: systemClock },
      report: () => undefined,
      signal: new AbortController().signal,
    });
    expect(removal).toEqual({ stopped: false, unreached: [], labelled: [] });
    await until("nothing is left", async () => (await findApplied(api)).objects.length === 0);
    if (seen !== undefined) {
      expect(existsSync(PIN_DIRECTORY)).toBe(false);
      // The kernel frees a program some moments after the last that held it.
      await until("the kernel has none of them", () => {
        const now = allInKernel(programs.path("list_bpf"));
        const still = (ids: readonly number[], all: readonly number[]) => ids.some((id) => all.includes(id));
        return !still(seen.programs, now.programs) && !still(seen.links, now.links);
      });
    }
    expect(shown(own.name)).toMatchObject({ activity: "not_logged" });
    expect((await own.output("get", "pods", "--output=name")).trim()).toBe("pod/main");
  });
});

/** The node is this machine: its bpffs can be looked at. */
function seesNode(): boolean {
  return process.env[DIRECTORY_VARIABLE] !== undefined;
}

interface Line {
  readonly fields: Readonly<Record<string, unknown>>;
}

function workspace(name: string, user: string): Manifest {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { "com.coder.username": user, "com.coder.workspace.name": name } },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        { name: "dev", image: workspaceImage(), imagePullPolicy: "IfNotPresent", command: ["sleep", "3600"] },
      ],
    },
  };
}
