import { afterAll, beforeAll, expect, it } from "vitest";

import { STREAM_PROTOCOL, STREAM_SUBPROTOCOL } from "../../protocol/stream.ts";
import { nodeTracerId } from "../../extension/cluster/tracers/nodeTracer.ts";
import { VIEWER_ACCOUNT } from "../../extension/cluster/tracers/viewerToken.ts";
import type { ShownWorkspace } from "../../extension/source/shownWorkspace.ts";
import { clusterNodeText, type ShownNode } from "../../extension/views/clusterNodeText.ts";
import type { ItemText } from "../../extension/views/itemText.ts";
import { describeCluster } from "./support/describeCluster.ts";
import { EditorCluster } from "./support/editorCluster.ts";
import { apply, kubectl, kubectlOutput, type Manifest } from "./support/kubectl.ts";
import { SilentNode } from "./support/silentNode.ts";
import { tracerImage } from "./support/testEnvironment.ts";
import { TestNamespace } from "./support/testNamespace.ts";
import { until } from "./support/until.ts";
import { coderLabels, pod } from "./support/workspacePods.ts";

const OURS = "--namespace=process-logging";
const OLDER_IMAGE = "registry.example/process-logging/tracer:0.0.9";

/** What a tracer of a later version answers to an editor that asks for this version of the stream, whoever it is. */
const laterTracer = `
const heads = ["Sec-WebSocket-Protocol: process-logging.v${String(STREAM_PROTOCOL + 1)}", "Connection: close", "Content-Length: 0"];
require("node:http").createServer().on("upgrade", (request, socket) => {
  socket.on("error", () => undefined).end(["HTTP/1.1 426 Upgrade Required", ...heads, "", ""].join("\\r\\n"));
}).listen(7070, "127.0.0.1");
`;

describeCluster("what the editor says of a cluster's nodes and workspaces", () => {
  let own: TestNamespace;
  let editor: EditorCluster;
  let node: string;
  const nodes: SilentNode[] = [];

  beforeAll(async () => {
    if ((await kubectl(["get", "namespace", "process-logging"])).code === 0) {
      throw new Error("process-logging is deployed in this cluster: these tests would disturb it");
    }
    own = await TestNamespace.create("editor-states");
    editor = await EditorCluster.open();
    node = await kubectlOutput(["get", "nodes", "--output=jsonpath={.items[0].metadata.name}"]);
  });

  afterAll(async () => {
    await kubectl(["delete", "pods", "--all", "--force", "--grace-period=0", `--namespace=${own.name}`]);
    await kubectl(["delete", "pods", "--all", "--force", "--grace-period=0", OURS]);
    for (const each of nodes) await each.close();
    await editor.close();
    await kubectl(["delete", "namespace", "process-logging", "--ignore-not-found", "--timeout=120s"]);
    await own.close();
  });

  async function silentNode(name: string, kernel?: string): Promise<SilentNode> {
    const silent = await SilentNode.create(`${own.name}-${name}`, kernel);
    nodes.push(silent);
    return silent;
  }

  /** A workspace that runs on that node, as far as the API server knows. */
  async function workspaceOn(silent: SilentNode, name: string): Promise<void> {
    await own.apply(pod(name, "true", { labels: coderLabels(name), spec: { nodeName: silent.name } }));
    await silent.podRuns(own.name, `pod/${name}`, "dev");
  }

  function shown(name: string): ShownWorkspace | undefined {
    return [...editor.cluster.source.workspaces.values()].find(
      (each) => each.namespace === own.name && each.pod === name,
    );
  }

  /** What the view **Nodes** says of that node. */
  function shownNode(name: string): ItemText {
    const { inventory, id } = editor.cluster.source;
    const source = editor.sources.all.find((each) => each.id === nodeTracerId(id, name));
    const facts: ShownNode = {
      ...{ name, node: inventory.nodes.get(name), tracer: inventory.tracerOf(name) },
      ...{ commonImage: inventory.commonImage(), workspaces: 0, source },
    };
    const translate = (text: string, ...values: readonly (string | number)[]): string =>
      text.replaceAll(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)]));
    return clusterNodeText(facts, translate, String);
  }

  async function untilSaid(what: string, said: () => string | undefined, part: string): Promise<void> {
    await until(
      `${what} is told: ${part}`,
      () => said()?.includes(part) === true,
      () => String(said()),
    );
  }

  it("that a kernel is too old, of the node and of the workspaces on it", async () => {
    const old = await silentNode("old", "5.4.0-150-generic");
    await workspaceOn(old, "on-old");
    const why = `kernel 5.4.0-150-generic of node ${old.name} is older than 5.8`;
    await untilSaid("the workspace", () => shown("on-old")?.why, why);
    expect(shown("on-old")).toMatchObject({ activity: "not_logged", why });
    expect(shownNode(old.name)).toMatchObject({
      description: "no tracer: kernel 5.4.0-150-generic is too old",
      tooltip: expect.stringContaining("Kernel: 5.4.0-150-generic, older than 5.8") as string,
    });
  });

  it("that a node is not ready, and why", async () => {
    const silent = await silentNode("unready");
    await workspaceOn(silent, "on-unready");
    await untilSaid("the workspace", () => shown("on-unready")?.why, `no tracer on node ${silent.name}`);
    await silent.notReady();
    await untilSaid("the workspace", () => shown("on-unready")?.why, `node ${silent.name} is not ready: `);
    expect(shown("on-unready")?.activity).toBe("not_logged");
    expect(shownNode(silent.name).description).toMatch(/^node is not ready: .+/);
  });

  it("that a tracer is of another image than the others", async () => {
    await makeProductNamespace();
    const [older, same] = [await silentNode("older"), await silentNode("same")];
    await apply([
      tracerPod("tracer-later", {
        nodeName: node,
        image: tracerImage(),
        command: ["node", "-e", laterTracer],
      }),
      tracerPod("tracer-older", { nodeName: older.name, image: OLDER_IMAGE }),
      tracerPod("tracer-same", { nodeName: same.name, image: tracerImage() }),
    ]);
    await older.tracerRuns();
    const fact = `Image: ${OLDER_IMAGE}, others run ${tracerImage()}`;
    await untilSaid("the node", () => shownNode(older.name).tooltip, fact);
    expect(shownNode(same.name).tooltip).not.toContain("others run");
  });

  it("that a tracer speaks another version of the stream than the editor", async () => {
    await own.apply(pod("beside", "exec sleep infinity", { labels: coderLabels("beside") }));
    await own.wait("condition=Ready", "pod/beside");
    await kubectlOutput(["wait", "--for=condition=Ready", "pod/tracer-later", OURS, "--timeout=120s"]);
    const why = `does not speak ${STREAM_SUBPROTOCOL}: update the older one of service and extension`;
    await untilSaid("the node", () => shownNode(node).description, why);
  });

  /** With the account that tokens for tracers are of. */
  async function makeProductNamespace(): Promise<void> {
    const metadata = { name: "process-logging" };
    await apply([{ apiVersion: "v1", kind: "Namespace", metadata }]);
    await apply(
      [{ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: VIEWER_ACCOUNT } }],
      "process-logging",
    );
  }

  interface TracerPodParts {
    readonly nodeName: string;
    readonly image: string;
    readonly command?: readonly string[];
  }

  function tracerPod(name: string, { nodeName, image, command }: TracerPodParts): Manifest {
    const container = { name: "exectrace", image, imagePullPolicy: "IfNotPresent", command };
    return {
      ...{ apiVersion: "v1", kind: "Pod" },
      metadata: { name, namespace: "process-logging", labels: { "app.kubernetes.io/name": "tracer" } },
      spec: {
        ...{ nodeName, terminationGracePeriodSeconds: 0, automountServiceAccountToken: false },
        containers: [container],
      },
    };
  }
});
