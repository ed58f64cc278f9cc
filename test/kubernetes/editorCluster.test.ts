import { once } from "node:events";
import { request } from "node:http";
import type { Duplex } from "node:stream";
import { afterAll, beforeAll, expect, it } from "vitest";
import { systemClock } from "../../extension/clock.ts";
import { askClaimedUser } from "../../extension/cluster/claimedUser.ts";
import { ClusterSource } from "../../extension/cluster/clusterSource.ts";
import type { HttpsApiServer } from "../../extension/cluster/api/httpsApiServer.ts";
import { findMissingRights, neededRights } from "../../extension/cluster/inventory/rights.ts";
import type { ShownWorkspace } from "../../extension/source/shownWorkspace.ts";
import { contextApi } from "./support/contextApi.ts";
import { describeCluster } from "./support/describeCluster.ts";
import type { Manifest } from "./support/kubectl.ts";
import { workspaceImage } from "./support/testEnvironment.ts";
import { TestNamespace } from "./support/testNamespace.ts";
import { until } from "./support/until.ts";

const PORT = 7070;
const FILE_BYTES = 8 * 1024 * 1024;

describeCluster("the editor's view of a cluster", () => {
  let own: TestNamespace;
  let api: HttpsApiServer;
  let cluster: ClusterSource | undefined;

  beforeAll(async () => {
    api = contextApi();
    own = await TestNamespace.create("editor-cluster");
    // What a tracer is from the network's point of view: it listens on its pod's loopback address.
    const serve = `dd if=/dev/zero of=/tmp/big bs=1M count=8 2>/dev/null; exec httpd -f -p 127.0.0.1:${String(PORT)} -h /tmp`;
    await own.apply(workspace("server", "jessie", "main", ["sh", "-c", serve]));
    await own.wait("condition=Ready", "pod/server");
  });

  afterAll(async () => {
    cluster?.dispose();
    await own.close();
  });

  function open(): ClusterSource {
    cluster?.dispose();
    cluster = new ClusterSource({
      context: "test",
      server: "",
      api,
      namespaces: [],
      clock: systemClock,
      log: () => undefined,
    });
    return cluster;
  }

  it("knows who the user is and that an admin lacks no right", async () => {
    const user = await askClaimedUser(api);
    expect(user?.username).toBeTruthy();
    expect(await findMissingRights(api, neededRights([]), user?.username)).toEqual([]);
  });

  it("lists nodes and workspaces, and follows a pod from pending to gone", async () => {
    const source = open();
    await until("pods and nodes are listed", () => source.listed && source.inventory.nodes.size > 0);
    for (const node of source.inventory.nodes.values()) expect(node.kernel).toMatch(/^\d+\.\d+/);

    const seen = new Set<string>();
    source.onDidChangeWorkspaces(() => {
      for (const { namespace, pod, activity } of source.workspaces.values()) {
        if (namespace === own.name && pod === "short") seen.add(activity);
      }
    });
    await own.apply(workspace("short", "amy", "docs", ["sleep", "2"]));
    await until("the pod has ended", () => seen.has("stopped"));
    expect([...seen]).toEqual(["pending", "not_logged", "stopped"]);
    await own.output("delete", "pod", "short");
    await until("the pod is gone", () => ![...source.workspaces.values()].some(({ pod }) => pod === "short"));
    expect(source.state).toEqual({ type: "connected" });
  });

  it("shows a workspace that only its Deployment names, without a tracer, until it is gone", async () => {
    const source = open();
    const { spec } = workspace("template", "", "", ["sleep", "600"]);
    const app = { app: "by-deployment" };
    const pod = { ...(spec as object), restartPolicy: "Always" };
    await own.apply({
      ...{ apiVersion: "apps/v1", kind: "Deployment" },
      metadata: {
        name: "by-deployment",
        labels: { "com.coder.username": "sam", "com.coder.workspace.name": "main" },
      },
      spec: { selector: { matchLabels: app }, template: { metadata: { labels: app }, spec: pod } },
    });
    const shown = (): ShownWorkspace | undefined =>
      [...source.workspaces.values()].find(({ labels }) => labels["username"] === "sam");
    await until("it runs", () => shown()?.activity === "not_logged");
    expect(shown()).toMatchObject({
      ...{ namespace: own.name, labels: { username: "sam", workspace_name: "main" } },
      pod: expect.stringMatching(/^by-deployment-[0-9a-z]+-[0-9a-z]+$/) as string,
      place: { labelKeys: undefined },
    });
    await own.output(
      "label",
      "deployment",
      "by-deployment",
      "com.coder.username-",
      "com.coder.workspace.name-",
    );
    await own.output("label", "pod", "--selector=app=by-deployment", "touched=yes");
    await own.output("delete", "deployment", "by-deployment", "--wait");
    await until("the pod is gone", () => shown() === undefined);
  });

  it.each([
    { kind: "DaemonSet", apiVersion: "apps/v1" },
    { kind: "Job", apiVersion: "batch/v1" },
    { kind: "CronJob", apiVersion: "batch/v1" },
  ])("shows a workspace that only its $kind names, without a tracer, until it is gone", async (owner) => {
    const source = open();
    const name = `by-${owner.kind.toLowerCase()}`;
    const app = { app: name };
    const ofDaemonSet = owner.kind === "DaemonSet";
    const { spec: podSpec } = workspace("template", "", "", ["sleep", "600"]);
    const pod = { ...(podSpec as object), restartPolicy: ofDaemonSet ? "Always" : "Never" };
    const template = { metadata: { labels: app }, spec: pod };
    const cron = { schedule: "0 0 1 1 *", suspend: true, jobTemplate: { spec: { template } } };
    const labels = { "com.coder.username": name, "com.coder.workspace.name": "main" };
    const spec = ofDaemonSet ? { selector: { matchLabels: app }, template } : { template };
    await own.apply({
      ...{ ...owner, metadata: { name, labels } },
      spec: owner.kind === "CronJob" ? cron : spec,
    });
    // The Job of a CronJob has none of its labels.
    if (owner.kind === "CronJob") await own.output("create", "job", `${name}-now`, `--from=cronjob/${name}`);
    const shown = (): ShownWorkspace | undefined =>
      [...source.workspaces.values()].find((each) => each.labels["username"] === name);
    await until("it runs", () => shown()?.activity === "not_logged");
    expect(shown()).toMatchObject({
      ...{ namespace: own.name, labels: { username: name, workspace_name: "main" } },
      place: { labelKeys: undefined },
    });
    await own.output("delete", owner.kind, name, "--wait");
    await until("the pod is gone", () => shown() === undefined);
  });

  it("carries what a pod serves on its loopback address, with nothing lost to a slow reader", async () => {
    const tunnel = await api.tunnel({ namespace: own.name, pod: "server", port: PORT });
    const body = await get(tunnel, "/big");
    expect(body).toBe(FILE_BYTES);
  });

  it("takes nothing from the network while nobody reads", async () => {
    const tunnel = await api.tunnel({ namespace: own.name, pod: "server", port: PORT });
    tunnel.write("GET /big HTTP/1.0\r\n\r\n");
    await once(tunnel, "readable");
    // Whatever was on its way has come when nothing more arrives for a while.
    let held = -1;
    await until("nothing more comes", () => {
      const before = held;
      held = tunnel.readableLength;
      return held === before;
    });
    expect(held).toBeLessThan(FILE_BYTES / 4);
    tunnel.destroy();
  });

  it("follows a stock sidecar's log as its pod's, and warns of what claims to be another's", async () => {
    const source = open();
    const lines: string[] = [];
    const subscription = source.subscribe(
      { usernames: ["zoe"], workspaces: [] },
      {
        events: (text) => {
          lines.push(...Buffer.from(text).toString().trim().split("\n"));
          return Promise.resolve();
        },
        gap: () => undefined,
      },
    );
    const say = (username: string, command: string): string =>
      `echo '${JSON.stringify({
        ...{ ts: "2026-01-02T03:04:05Z", level: "INFO", msg: "exec" },
        fields: {
          labels: { username },
          cmdline: command,
          event: {
            filename: "/bin/x",
            argv: [command],
            truncated: false,
            pid: 7,
            uid: 0,
            gid: 0,
            comm: "sh",
          },
        },
      })}'`;
    const sidecar = `echo listening; ${say("zoe", "first")}; sleep 3; ${say("root", "second")}; sleep 600`;
    const pod = workspace("sidecar", "zoe", "main", ["sleep", "600"]);
    const { containers } = pod["spec"] as { containers: object[] };
    containers.push({ ...containers[0], name: "exectrace", command: ["sh", "-c", sidecar] });
    await own.apply(pod);
    await until("both lines have come", () => lines.length === 2);
    const read = lines.map((line) => JSON.parse(line) as { fields: { cmdline: string; labels: object } });
    expect(read.map(({ fields }) => fields.cmdline)).toEqual(["first", "second"]);
    for (const { fields } of read)
      expect(fields.labels).toMatchObject({ username: "zoe", workspace_name: "main" });
    expect(source.unshownLogs.otherLines).toBe(1);
    const shown = (): unknown =>
      [...source.workspaces.values()].find(
        ({ namespace, pod: name }) => namespace === own.name && name === "sidecar",
      );
    await until("the view is told", () => JSON.stringify(shown()).includes("claims"));
    expect(shown()).toMatchObject({
      activity: "idle",
      execs: 2,
      place: { loggedBy: "sidecar" },
      warning: 'its log claims to be of username "root"',
    });
    subscription.dispose();
  });

  it("says in one line that nothing listens there, or that there is no such pod", async () => {
    const silent = await api.tunnel({ namespace: own.name, pod: "server", port: 7999 });
    silent.write("x");
    const [error] = (await once(silent.resume(), "error")) as [Error];
    expect(error.message).toMatch(/^nothing answers on port 7999 of pod server: /);
    await expect(api.tunnel({ namespace: own.name, pod: "nobody", port: PORT })).rejects.toThrow(/not found/);
  });
});

function workspace(name: string, user: string, workspaceName: string, command: readonly string[]): Manifest {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { "com.coder.username": user, "com.coder.workspace.name": workspaceName } },
    spec: {
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 0,
      containers: [{ name: "dev", image: workspaceImage(), imagePullPolicy: "Never", command }],
    },
  };
}

/** Bytes of the body, read slowly at first. */
function get(tunnel: Duplex, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ path, createConnection: () => tunnel }, (response) => {
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        response.pause();
        setImmediate(() => response.resume());
      });
      response.on("end", () => {
        resolve(bytes);
      });
      response.on("error", reject);
    });
    asked.on("error", reject);
    asked.end();
  });
}
