import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { describeCluster } from "./support/describeCluster.ts";
import { apply, kubectl, kubectlOutput, type Manifest } from "./support/kubectl.ts";
import { DEPLOY, Kustomization } from "./support/kustomization.ts";
import { workspaceImage } from "./support/testEnvironment.ts";
import { TestNamespace } from "./support/testNamespace.ts";
import { until } from "./support/until.ts";

const READY = "processlogging.node-restriction.kubernetes.io/ready";
const labels = { "com.coder.username": "jessie", "com.coder.workspace.name": "main" };

function pod(name: string, spec: object = {}, metadata: object = { labels }): Manifest {
  const container = {
    name: "dev",
    image: workspaceImage(),
    imagePullPolicy: "IfNotPresent",
    command: ["sleep", "infinity"],
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, ...metadata },
    spec: { terminationGracePeriodSeconds: 0, containers: [container], ...spec },
  };
}

function affinity(...expressions: readonly object[][]): object {
  const nodeSelectorTerms = expressions.map((matchExpressions) => ({ matchExpressions }));
  const requiredDuringSchedulingIgnoredDuringExecution = { nodeSelectorTerms };
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution } } };
}

const isReady = { key: READY, operator: "In", values: ["true"] };
const exists = { key: READY, operator: "Exists" };
const linux = { key: "kubernetes.io/os", operator: "In", values: ["linux"] };

describeCluster("the fail-closed overlay", () => {
  let namespace: TestNamespace;
  let makers: readonly string[];
  /** The policies alone: no tracer is ever ready here. */
  const overlay = new Kustomization("overlays/fail-closed/policies");

  beforeAll(async () => {
    if ((await kubectl(["get", "namespace", "process-logging"])).code === 0) {
      throw new Error("process-logging is deployed in this cluster: these tests would remove it");
    }
    namespace = await TestNamespace.create("fail-closed");
    await apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "process-logging" } }]);
    const maker = `system:serviceaccount:${namespace.name}:maker`;
    makers = ["--as", maker, "--as-group", "system:serviceaccounts", "--as-group", "system:masters"];
    await overlay.apply();
    const patch = { data: { makers: `system:serviceaccount:coder:coder\n${maker}\n` } };
    const target = ["patch", "configmap", "workspace-makers", "--namespace=process-logging"];
    await kubectlOutput([...target, "--type=merge", "--patch", JSON.stringify(patch)]);
    await until("the policies are in force", async () => (await create(pod("early"), makers)).code !== 0);
    await until("the makers are known", async () => {
      return (await create(pod("early", { nodeSelector: { [READY]: "true" } }), makers)).code === 0;
    });
  });
  afterAll(async () => {
    await overlay.close();
    await kubectlOutput(["delete", "namespace", "process-logging"]);
    await until("the policies are gone", async () => (await create(pod("late"))).code === 0);
    await namespace.close();
  });

  /** Tries to create an object, without leaving it. */
  function create(object: Manifest, as: readonly string[] = []): ReturnType<typeof kubectl> {
    const args = ["create", "--dry-run=server", "--filename=-", `--namespace=${namespace.name}`, ...as];
    return kubectl(args, JSON.stringify(object));
  }

  describe("a workspace pod", () => {
    it.each([
      ["without anything about nodes", {}],
      ["with another selector", { nodeSelector: { "kubernetes.io/os": "linux" } }],
      ["with the label's opposite", { nodeSelector: { [READY]: "false" } }],
      ["with an affinity to something else", affinity([linux])],
      ["with a second term that leaves it out", affinity([isReady], [linux])],
      ["that wants it away", affinity([{ key: READY, operator: "DoesNotExist" }])],
      ["that names its node", { nodeName: "node1" }],
      [
        "that only prefers it",
        {
          affinity: {
            nodeAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                { weight: 1, preference: { matchExpressions: [isReady] } },
              ],
            },
          },
        },
      ],
    ])("%s is rejected, and told why", async (_, spec) => {
      const { code, stderr } = await create(pod("main", spec), makers);
      expect(code).not.toBe(0);
      expect(stderr).toContain(`process logging is required here: a workspace pod needs the node selector`);
      expect(stderr).toContain(READY);
    });

    it.each([
      ["with the node selector", { nodeSelector: { [READY]: "true" } }],
      ["with the affinity", affinity([isReady])],
      ["with the affinity by existence, among others", affinity([linux, exists], [isReady])],
    ])("%s is let in", async (_, spec) => {
      expect(await create(pod("main", spec), makers)).toMatchObject({ code: 0 });
    });

    it("stays Pending where no node has the label, and says so", async () => {
      const waiting = pod("waiting", { nodeSelector: { [READY]: "true" } });
      const args = ["create", "--filename=-", `--namespace=${namespace.name}`, ...makers];
      expect(await kubectl(args, JSON.stringify(waiting))).toMatchObject({ code: 0 });
      const path =
        '--output=jsonpath={.status.phase} {.status.conditions[?(@.type=="PodScheduled")].message}';
      let state = "";
      await until("the scheduler has looked at it", async () => {
        state = await namespace.output("get", "pod/waiting", path);
        return state.includes("available");
      });
      expect(state).toMatch(/^Pending .*node affinity\/selector/);
    });

    it("that names its node is refused by kubelet, though it has the affinity", async () => {
      const nodes = await kubectlOutput(["get", "nodes", "--output=jsonpath={.items[0].metadata.name}"]);
      const bound = pod("bound", { ...affinity([isReady]), nodeName: nodes });
      const args = ["create", "--filename=-", `--namespace=${namespace.name}`, ...makers];
      expect(await kubectl(args, JSON.stringify(bound))).toMatchObject({ code: 0 });
      await namespace.wait("jsonpath={.status.phase}=Failed", "pod/bound");
      const status = await namespace.output("get", "pod/bound", "--output=jsonpath={.status.reason}");
      expect(status).toBe("NodeAffinity");
    });
  });

  describe("who is not named in workspace-makers", () => {
    const template = { metadata: { labels: { app: "x", ...labels } }, spec: pod("x")["spec"] };
    const selector = { matchLabels: { app: "x" } };
    const annotations = { "com.coder.user.email": "root@example.com" };
    const other = { app: "x" };
    const bad: [string, Manifest][] = [
      ["a workspace pod", pod("mine", { nodeSelector: { [READY]: "true" } })],
      ["a pod with an annotation of Coder's", pod("mine", {}, { annotations })],
      [
        "a Deployment of workspace pods",
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "mine" },
          spec: { selector, template },
        },
      ],
      [
        "a Deployment with such a label of its own",
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "mine", labels },
          spec: { selector, template: { ...template, metadata: { labels: other } } },
        },
      ],
      [
        "a CronJob of workspace pods",
        {
          apiVersion: "batch/v1",
          kind: "CronJob",
          metadata: { name: "mine" },
          spec: {
            schedule: "0 0 1 1 *",
            jobTemplate: {
              spec: {
                template: {
                  metadata: { labels },
                  spec: { ...(template.spec as object), restartPolicy: "Never" },
                },
              },
            },
          },
        },
      ],
    ];

    it.each(bad)("can't make %s", async (_, object) => {
      const { code, stderr } = await create(object);
      expect(code).not.toBe(0);
      expect(stderr).toMatch(
        /process logging: ".+" may not set, change or remove what begins with com\.coder\./,
      );
    });

    it("can make other pods", async () => {
      expect(await create(pod("other", {}, { labels: other }))).toMatchObject({ code: 0 });
    });

    it.each([
      ["add", { labels: other }, "com.coder.username=ann"],
      ["change", { labels }, "com.coder.username=ann"],
      ["remove", { labels }, "com.coder.username-"],
    ])("can't %s such a label of a pod that is there", async (verb, metadata, change) => {
      const name = `labels-${verb}`;
      const object = pod(name, { nodeSelector: { [READY]: "true" } }, metadata);
      const args = ["create", "--filename=-", `--namespace=${namespace.name}`, ...makers];
      expect(await kubectl(args, JSON.stringify(object))).toMatchObject({ code: 0 });
      const { code, stderr } = await namespace.kubectl("label", "--overwrite", `pod/${name}`, change);
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/may not set, change or remove/);
      expect(await namespace.kubectl("label", `pod/${name}`, "other=label")).toMatchObject({ code: 0 });
    });

    it("can't set one by a pod's status either", async () => {
      const args = ["create", "--filename=-", `--namespace=${namespace.name}`];
      const plain = JSON.stringify(pod("by-status", {}, { labels: other }));
      expect(await kubectl(args, plain)).toMatchObject({ code: 0 });
      const patch = [
        "patch",
        "pod/by-status",
        "--type=merge",
        `--patch=${JSON.stringify({ metadata: { labels } })}`,
      ];
      const { code, stderr } = await namespace.kubectl(...patch, "--subresource=status");
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/may not set, change or remove/);
    });

    it("can't set one by binding a pod to a node", async () => {
      const binding = {
        apiVersion: "v1",
        kind: "Binding",
        metadata: { name: "waiting", annotations },
        target: { apiVersion: "v1", kind: "Node", name: "node1" },
      };
      const path = `/api/v1/namespaces/${namespace.name}/pods/waiting/binding`;
      const { code, stderr } = await kubectl(
        ["create", "--raw", path, "--filename=-"],
        JSON.stringify(binding),
      );
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/may not set, change or remove/);
    });
  });

  describe("with the API server adding the node selector", () => {
    const policy = join(DEPLOY, "overlays/mutating-admission/node-selector-policy.yaml");
    beforeAll(async () => {
      await kubectlOutput(["apply", `--filename=${policy}`]);
      await until("the policy is in force", async () => (await create(pod("early"), makers)).code === 0);
    });
    afterAll(async () => {
      await kubectlOutput(["delete", `--filename=${policy}`]);
      await until("the policy is gone", async () => (await create(pod("late"), makers)).code !== 0);
    });

    it.each([
      ["without a selector", {}, { [READY]: "true" }],
      ["with one of its own", { nodeSelector: { a: "b" } }, { a: "b", [READY]: "true" }],
      ["that wants the opposite", { nodeSelector: { [READY]: "false" } }, { [READY]: "true" }],
    ])("a workspace pod %s needs a node that logs", async (_, spec, expected) => {
      const args = ["create", "--dry-run=server", "--filename=-", "--output=json", ...makers];
      const result = await kubectl(
        [...args, `--namespace=${namespace.name}`],
        JSON.stringify(pod("main", spec)),
      );
      expect(result.stderr).toBe("");
      const made = JSON.parse(result.stdout) as { spec: { nodeSelector: object } };
      expect(made.spec.nodeSelector).toEqual(expected);
    });

    it("other pods are left as they are", async () => {
      const args = ["create", "--dry-run=server", "--filename=-", "--output=json"];
      const object = JSON.stringify(pod("other", {}, { labels: { app: "x" } }));
      const result = await kubectl([...args, `--namespace=${namespace.name}`], object);
      expect(JSON.parse(result.stdout)).not.toHaveProperty("spec.nodeSelector");
    });
  });

  it("lets a maker's Deployment have its pods made by the controllers", async () => {
    const template = {
      metadata: { labels },
      spec: { ...(pod("x", { nodeSelector: { [READY]: "true" } })["spec"] as object) },
    };
    const deployment: Manifest = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "workspace", labels },
      spec: { selector: { matchLabels: labels }, template },
    };
    const args = ["create", "--filename=-", `--namespace=${namespace.name}`, ...makers];
    expect(await kubectl(args, JSON.stringify(deployment))).toMatchObject({ code: 0 });
    const pods = ["get", "pods", "--output=name"];
    await until("the pod is made", async () => (await namespace.output(...pods)).includes("pod/workspace-"));
  });
});
