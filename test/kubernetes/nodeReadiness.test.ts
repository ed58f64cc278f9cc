import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";

import { READY_LABEL } from "../../tracer-service/readiness/clusterObjects.ts";
import { TracerService } from "../service/support/tracerService.ts";
import { ApiServerProxy } from "./support/apiServerProxy.ts";
import { describeCluster } from "./support/describeCluster.ts";
import { apply, kubectl, kubectlOutput, type Manifest } from "./support/kubectl.ts";
import { clusterEntry, writeServiceAccountConfig } from "./support/serviceAccountAccess.ts";
import { workspaceImage } from "./support/testEnvironment.ts";
import { TestNamespace } from "./support/testNamespace.ts";
import { until } from "./support/until.ts";

const rbac = readFileSync(
  new URL("../../deploy/kubernetes/base/node-readiness-rbac.yaml", import.meta.url),
  "utf8",
);
const TRACER = { "app.kubernetes.io/name": "tracer" };

describeCluster("tracer-service node-readiness", () => {
  let namespace: TestNamespace;
  let rights: Manifest[];
  let proxy: ApiServerProxy;
  let directory: string;
  let kubeconfig: string;
  let node: string;
  let controllers: TracerService[];

  beforeAll(async () => {
    const labelled = await kubectlOutput(["get", "nodes", `--selector=${READY_LABEL}`, "--output=name"]);
    if (labelled !== "") {
      throw new Error(`another controller is at work here, which these tests would disturb: ${labelled}`);
    }
    node = (await kubectlOutput(["get", "nodes", "--output=jsonpath={.items[0].metadata.name}"])).trim();
    namespace = await TestNamespace.create("readiness");
    const ownRights = rbac
      .replaceAll("namespace: process-logging\n", `namespace: ${namespace.name}\n`)
      .replaceAll("name: process-logging-node-readiness\n", `name: ${namespace.name}\n`);
    rights = parseAllDocuments(ownRights).map((document) => document.toJS() as Manifest);
    await apply(rights);
    directory = mkdtempSync(join(tmpdir(), "readiness-"));
    kubeconfig = join(directory, "kubeconfig");
    proxy = await ApiServerProxy.start((await clusterEntry()).server);
    const account = { namespace: namespace.name, name: "node-readiness" };
    await writeServiceAccountConfig(kubeconfig, { ...account, server: proxy.url });
  });

  beforeEach(() => {
    controllers = [];
    proxy.restore();
  });

  afterEach(async () => {
    proxy.restore();
    await Promise.all(controllers.map((controller) => controller.kill()));
    await namespace.kubectl("delete", "pods", "--all", "--now", "--wait=true");
    // Those that were killed hold it for some more seconds, which the next one would wait for.
    await namespace.kubectl("delete", "leases", "--all");
    await kubectl(["label", "nodes", "--all", `${READY_LABEL}-`]);
  });

  afterAll(async () => {
    await kubectl(["delete", "--filename=-", "--ignore-not-found"], list(rights));
    await namespace.close();
    await proxy.close();
    rmSync(directory, { recursive: true });
  });

  const start = async (...args: string[]): Promise<TracerService> => {
    const probe = join(directory, `probe-${String(controllers.length)}.sock`);
    const controller = await TracerService.start(
      ["node-readiness", "--kubeconfig", kubeconfig, "--probe-socket", probe, ...args],
      {},
      "watching nodes and tracers",
    );
    controllers.push(controller);
    return controller;
  };

  const labelOf = async (name = node): Promise<string> => {
    const path = `jsonpath={.metadata.labels.${READY_LABEL.replaceAll(".", "\\.")}}`;
    return await kubectlOutput(["get", "node", name, `--output=${path}`]);
  };

  const untilLabel = (value: string, name = node): Promise<void> =>
    until(
      `the label of ${name} is "${value}"`,
      async () => (await labelOf(name)) === value,
      () => controllers.map(({ stderr }) => stderr.slice(-3000)).join("\n"),
    );

  const startTracer = async (): Promise<void> => {
    await namespace.apply(tracerPod(node));
    await namespace.wait("jsonpath={.status.phase}=Running", "pod/tracer");
  };
  const makeReady = (): Promise<string> => namespace.output("exec", "tracer", "--", "touch", "/tmp/ready");

  it("gives the label when the tracer is ready, not when it runs, and takes it when it is not", async () => {
    const controller = await start();
    await controller.said("this copy leads");
    await startTracer();
    expect(await labelOf()).toBe("");
    await makeReady();
    await untilLabel("true");
    await namespace.output("exec", "tracer", "--", "rm", "/tmp/ready");
    await untilLabel("");
    const events = await kubectlOutput([
      ...["get", "events", "--namespace=default", `--field-selector=involvedObject.name=${node}`],
      "--output=jsonpath={range .items[*]}{.reason} {.message}{'\\n'}{end}",
    ]);
    expect(events).toMatch(/^ProcessLoggingReady the node takes workspaces/m);
    expect(events).toMatch(
      /^ProcessLoggingNotReady the node takes no new workspaces: its tracer is not ready/m,
    );
  });

  it("takes it when the tracer is killed, and says by its last word why", async () => {
    await start();
    await startTracer();
    await makeReady();
    await untilLabel("true");
    await namespace.output(
      "exec",
      "tracer",
      "--",
      "sh",
      "-c",
      "echo the kernel is too old >/dev/termination-log",
    );
    await namespace.output("exec", "tracer", "--", "sh", "-c", "touch /tmp/end");
    await untilLabel("");
    await until("the reason is told", () =>
      /takes no new workspaces: .*the kernel is too old/.test(controllers[0]?.stderr ?? ""),
    );
  });

  it("takes it when the tracer is deleted", async () => {
    await start();
    await startTracer();
    await makeReady();
    await untilLabel("true");
    await namespace.output("delete", "pod", "tracer", "--now");
    await untilLabel("");
  });

  it("takes it when nothing is heard of the node's kubelet, though node and pod look ready", async () => {
    const silent = `${namespace.name}-silent`;
    await start();
    try {
      await makeSilentNode(silent, namespace);
      await untilLabel("true", silent);
      await untilLabel("", silent);
      expect(controllers[0]?.stderr).toMatch(
        /"msg":"the node takes no new workspaces: (its kubelet has said nothing for \d+ s|the node is not ready)/,
      );
    } finally {
      await namespace.kubectl("delete", "pod", "silent", "--force", "--grace-period=0");
      await kubectl(["delete", "node", silent]);
      await kubectl(["delete", "lease", silent, "--namespace=kube-node-lease"]);
    }
  });

  it("takes a label that is wrong when it starts", async () => {
    await kubectlOutput(["label", "node", node, `${READY_LABEL}=true`]);
    await start();
    await untilLabel("");
  });

  it("makes up for what happened while the API server was away", async () => {
    const controller = await start();
    await startTracer();
    await makeReady();
    await untilLabel("true");
    proxy.cut();
    await controller.said("the API server can't be asked");
    await namespace.output("delete", "pod", "tracer", "--now");
    expect(await labelOf()).toBe("true");
    proxy.restore();
    await untilLabel("");
  });

  it("acts in one copy at a time, and the next follows at once when one is stopped", async () => {
    const first = await start();
    await first.said("this copy leads");
    const second = await start();
    await startTracer();
    await makeReady();
    await untilLabel("true");
    expect(second.stderr).not.toMatch(/this copy leads|takes workspaces/);
    expect((await first.stop()).code).toBe(0);
    await second.said("this copy leads");
    await namespace.output("delete", "pod", "tracer", "--now");
    await untilLabel("");
    expect(second.stderr).toMatch(/takes no new workspaces/);
  });

  it("answers its probes", async () => {
    await start();
    const socket = join(directory, "probe-0.sock");
    await until("it is ready", async () => {
      return (await TracerService.run(["probe", "ready", "--socket", socket])).code === 0;
    });
    proxy.cut();
    await until("it is not", async () => {
      const { code, stdout } = await TracerService.run(["probe", "ready", "--socket", socket]);
      return code === 1 && /the API server does not tell of/.test(stdout);
    });
    expect((await TracerService.run(["probe", "health", "--socket", socket])).code).toBe(0);
  });

  it.each([
    ["patch nodes", "yes"],
    ["update nodes", "no"],
    ["delete nodes", "no"],
    ["patch nodes/status", "no"],
    ["get secrets", "no"],
    ["create pods", "no"],
    ["create serviceaccounts/token", "no"],
  ])("may %s: %s", async (what, answer) => {
    const [verb = "", resource = "", subresource] = what.split(/[ /]/);
    const of = subresource === undefined ? [] : [`--subresource=${subresource}`];
    const as = `--as=system:serviceaccount:${namespace.name}:node-readiness`;
    const { stdout } = await namespace.kubectl("auth", "can-i", verb, resource, ...of, as);
    expect(stdout.trim()).toBe(answer);
  });
});

const list = (items: readonly Manifest[]): string =>
  JSON.stringify({ apiVersion: "v1", kind: "List", items });

/** A pod that is ready while a file is there, and ends when another one is. */
function tracerPod(node: string): Manifest {
  return {
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "tracer", labels: TRACER } },
    spec: {
      nodeName: node,
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          ...{ name: "exectrace", image: workspaceImage(), imagePullPolicy: "IfNotPresent" },
          command: ["/bin/sh", "-c", "while ! [ -e /tmp/end ]; do sleep 0.2; done; exit 1"],
          readinessProbe: {
            exec: { command: ["test", "-e", "/tmp/ready"] },
            periodSeconds: 1,
            failureThreshold: 1,
          },
        },
      ],
    },
  };
}

/** A node without a kubelet, that says it is ready, with a pod that does, and a lease that nobody renews. */
async function makeSilentNode(name: string, namespace: TestNamespace): Promise<void> {
  const now = new Date().toISOString();
  const ready = [
    { type: "Ready", status: "True", reason: "Test", lastHeartbeatTime: now, lastTransitionTime: now },
  ];
  const status = (kind: string, conditions: object): string[] => [
    ...[
      "patch",
      kind,
      "--subresource=status",
      "--type=merge",
      `--patch=${JSON.stringify({ status: conditions })}`,
    ],
  ];
  await apply([{ apiVersion: "v1", kind: "Node", metadata: { name } }]);
  await apply([
    {
      ...{ apiVersion: "coordination.k8s.io/v1", kind: "Lease" },
      metadata: { name, namespace: "kube-node-lease" },
      spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: now.replace("Z", "000Z") },
    },
  ]);
  const pod = tracerPod(name);
  await namespace.apply({ ...pod, metadata: { name: "silent", labels: TRACER } });
  await kubectlOutput(status(`node/${name}`, { conditions: ready }));
  await namespace.output(
    ...status("pod/silent", { phase: "Running", conditions: [{ type: "Ready", status: "True" }] }),
  );
}
