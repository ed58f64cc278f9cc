import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { describeCluster } from "./support/describeCluster.ts";
import { FailClosedPolicies, idle, idlePod, READY, ready } from "./support/failClosedPolicies.ts";
import { kubectl, kubectlOutput, type Manifest } from "./support/kubectl.ts";
import { DEPLOY } from "./support/kustomization.ts";
import { POD_MAKER_KINDS, podMaker } from "./support/podMaker.ts";
import { until } from "./support/until.ts";

const labels = { "com.coder.username": "jessie", "com.coder.workspace.name": "main" };
const annotations = { "com.coder.user.email": "root@example.com" };
const restart = { spec: { template: { metadata: { annotations: { restarted: "now" } } } } };

const NEEDS_NODE = "process logging is required here: a workspace pod needs the node selector";

const NOT_NAMED = /process logging: ".+" may not set, change or remove what begins with com\.coder\./;
const NO_OWNER = /process logging: ".+" may not make a pod, or what makes pods, belong to a ReplicaSet/;
const other = { app: "x" };

function affinity(...expressions: readonly object[][]): object {
  const nodeSelectorTerms = expressions.map((matchExpressions) => ({ matchExpressions }));
  const requiredDuringSchedulingIgnoredDuringExecution = { nodeSelectorTerms };
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution } } };
}

const isReady = { key: READY, operator: "In", values: ["true"] };
const exists = { key: READY, operator: "Exists" };
const linux = { key: "kubernetes.io/os", operator: "In", values: ["linux"] };

describeCluster("the fail-closed overlay", () => {
  let policies: FailClosedPolicies;
  beforeAll(async () => {
    const earlier = podMaker("Deployment", "earlier", { metadata: { labels }, spec: idle() });
    policies = await FailClosedPolicies.apply(earlier);
  });
  afterAll(async () => {
    await policies.close();
  });

  async function expectRefused(object: Manifest): Promise<void> {
    const { code, stderr } = await policies.createAsMaker(object);
    expect(stderr).toContain(NEEDS_NODE);
    expect(stderr).toContain(READY);
    expect(code).not.toBe(0);
  }

  async function expectLetIn(object: Manifest): Promise<void> {
    expect(await policies.createAsMaker(object)).toMatchObject({ code: 0 });
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
      await expectRefused(idlePod("main", spec, { labels }));
    });

    it("that has only an annotation of Coder's is rejected as well", async () => {
      await expectRefused(idlePod("main", {}, { annotations }));
      await expectLetIn(idlePod("main", ready, { annotations }));
    });

    it.each([
      ["with the node selector", ready],
      ["with the affinity", affinity([isReady])],
      ["with the affinity by existence, among others", affinity([linux, exists], [isReady])],
    ])("%s is let in", async (_, spec) => {
      await expectLetIn(idlePod("main", spec, { labels }));
    });

    it("stays Pending where no node has the label, and says so", async () => {
      await policies.make(idlePod("waiting", ready));
      const path =
        '--output=jsonpath={.status.phase} {.status.conditions[?(@.type=="PodScheduled")].message}';
      let state = "";
      await until("the scheduler has looked at it", async () => {
        state = await policies.namespace.output("get", "pod/waiting", path);
        return state.includes("available");
      });
      expect(state).toMatch(/^Pending .*node affinity\/selector/);
    });

    it("that names its node is refused by kubelet, though it has the affinity", async () => {
      const nodeName = await nodeOfCluster();
      await policies.make(idlePod("bound", { ...affinity([isReady]), nodeName }));
      await policies.namespace.wait("jsonpath={.status.phase}=Failed", "pod/bound");
      const reason = "--output=jsonpath={.status.reason}";
      expect(await policies.namespace.output("get", "pod/bound", reason)).toBe("NodeAffinity");
    });
  });

  describe("what makes workspace pods", () => {
    it.each(POD_MAKER_KINDS)("as a %s, which alone is labelled, needs it in its template", async (kind) => {
      await expectRefused(podMaker(kind, "main", { metadata: { labels }, spec: idle() }));
      await expectLetIn(podMaker(kind, "main", { metadata: { labels }, spec: idle(ready) }));
      await expectLetIn(podMaker(kind, "main", { metadata: { labels }, spec: idle(affinity([isReady])) }));
    });

    it.each([
      ["of its own", "Deployment", { metadata: { annotations } }],
      ["of its pods", "Deployment", { pods: { annotations } }],
      ["of its Jobs", "CronJob", { jobs: { annotations } }],
      ["of its Jobs' pods", "CronJob", { pods: { annotations } }],
    ] as const)("by an annotation %s needs it as well (%s)", async (_, kind, where) => {
      await expectRefused(podMaker(kind, "main", { ...where, spec: idle() }));
      await expectLetIn(podMaker(kind, "main", { ...where, spec: idle(ready) }));
    });

    it("can't lose it, whoever changes that", async () => {
      await policies.make(podMaker("Deployment", "kept", { metadata: { labels }, spec: idle(ready) }));
      const away = { spec: { template: { spec: { nodeSelector: null } } } };
      expect((await policies.patch("deployment/kept", away)).stderr).toContain(NEEDS_NODE);
      expect((await policies.patch("deployment/kept", away, ...policies.maker)).stderr).toContain(NEEDS_NODE);
      const more = { spec: { replicas: 2 } };
      expect(await policies.patch("deployment/kept", more)).toMatchObject({ code: 0 });
    });

    it("can't become such without it", async () => {
      await policies.make(podMaker("Deployment", "plain", { spec: idle() }));
      const labelled = policies.patch("deployment/plain", { metadata: { labels } }, ...policies.maker);
      expect((await labelled).stderr).toContain(NEEDS_NODE);
    });

    it("since before the policies can be changed, but not to make other pods without it", async () => {
      const more = { spec: { replicas: 2 } };
      expect(await policies.patch("deployment/earlier", more)).toMatchObject({ code: 0 });
      expect((await policies.patch("deployment/earlier", restart)).stderr).toContain(NEEDS_NODE);
      const mended = { spec: { template: { spec: ready } } };
      expect(await policies.patch("deployment/earlier", mended)).toMatchObject({ code: 0 });
    });

    it("makes its pods through the controllers", async () => {
      const spec = idle(ready);
      await policies.make(
        podMaker("Deployment", "workspace", { metadata: { labels }, pods: { labels }, spec }),
      );
      const pods = ["get", "pods", "--output=name"];
      await until("the pod is made", async () => {
        return (await policies.namespace.output(...pods)).includes("pod/workspace-");
      });
    });
  });

  it("leaves everything else alone", async () => {
    expect(await policies.create(idlePod("other", {}, { labels: other }))).toMatchObject({ code: 0 });
    const deployment = podMaker("Deployment", "other", { spec: idle() });
    expect(await policies.create(deployment)).toMatchObject({ code: 0 });
  });

  it("rests on a label that no kubelet can give its node, as docs/kubernetes.md has it checked", async () => {
    const node = await nodeOfCluster();
    const as = [`--as=system:node:${node}`, "--as-group=system:nodes"];
    const label = ["label", "node", node, `${READY}=true`, "--overwrite", "--dry-run=server"];
    const { code, stderr } = await kubectl([...label, ...as]);
    expect(code).not.toBe(0);
    expect(stderr).toContain("is not allowed to modify labels");
  });

  describe("who is not named as a maker", () => {
    const spec = idle(ready);
    it.each<[string, Manifest]>([
      ["a workspace pod", idlePod("mine", ready, { labels })],
      ["a pod with an annotation of Coder's", idlePod("mine", ready, { annotations })],
      ...POD_MAKER_KINDS.flatMap((kind): [string, Manifest][] => [
        [`a ${kind} with such a label of its own`, podMaker(kind, "mine", { metadata: { labels }, spec })],
        [`a ${kind} with such an annotation`, podMaker(kind, "mine", { metadata: { annotations }, spec })],
        [`a ${kind} of workspace pods`, podMaker(kind, "mine", { pods: { labels }, spec })],
        [`a ${kind} of pods with an annotation`, podMaker(kind, "mine", { pods: { annotations }, spec })],
      ]),
      ["a CronJob of Jobs with such a label", podMaker("CronJob", "mine", { jobs: { labels }, spec })],
      ["a CronJob of Jobs with an annotation", podMaker("CronJob", "mine", { jobs: { annotations }, spec })],
    ])("can't make %s", async (_, object) => {
      const { code, stderr } = await policies.create(object);
      expect(stderr).toMatch(NOT_NAMED);
      expect(code).not.toBe(0);
      expect(await policies.createAsMaker(object)).toMatchObject({ code: 0 });
    });

    it.each([
      ["add", { labels: other }, "com.coder.username=ann"],
      ["change", { labels }, "com.coder.username=ann"],
      ["remove", { labels }, "com.coder.username-"],
    ])("can't %s such a label of a pod that is there", async (verb, metadata, change) => {
      const name = `labels-${verb}`;
      await policies.make(idlePod(name, ready, metadata));
      const { code, stderr } = await policies.namespace.kubectl(
        "label",
        "--overwrite",
        `pod/${name}`,
        change,
      );
      expect(stderr).toMatch(NOT_NAMED);
      expect(code).not.toBe(0);
      expect(await policies.namespace.kubectl("label", `pod/${name}`, "other=label")).toMatchObject({
        code: 0,
      });
    });

    it("can't set one by a pod's status either", async () => {
      await policies.make(idlePod("by-status", {}, { labels: other }));
      const change = policies.patch("pod/by-status", { metadata: { labels } }, "--subresource=status");
      expect((await change).stderr).toMatch(NOT_NAMED);
    });

    it.each(["Deployment", "ReplicaSet"] as const)("can't set one by a %s's status either", async (kind) => {
      const name = `status-${kind.toLowerCase()}`;
      await policies.make(podMaker(kind, name, { spec: idle() }));
      const change = policies.patch(`${kind}/${name}`, { metadata: { annotations } }, "--subresource=status");
      expect((await change).stderr).toMatch(NOT_NAMED);
    });

    it("can't set one by binding a pod to a node", async () => {
      await policies.make(idlePod("binding", ready, { labels }));
      const binding = {
        ...{ apiVersion: "v1", kind: "Binding", metadata: { name: "binding", annotations } },
        target: { apiVersion: "v1", kind: "Node", name: "node1" },
      };
      const path = `/api/v1/namespaces/${policies.namespace.name}/pods/binding/binding`;
      const args = ["create", "--raw", path, "--filename=-"];
      const { code, stderr } = await kubectl(args, JSON.stringify(binding));
      expect(stderr).toMatch(NOT_NAMED);
      expect(code).not.toBe(0);
    });

    // The tracer takes what a pod lacks from those that own it.
    const owned = (owner: object, uid = "6f1e1a86-0000-4000-8000-000000000001") => ({
      ownerReferences: [{ name: "jessie-main", uid, ...owner }],
    });
    const owner = (apiVersion: string, kind: string): object => ({ apiVersion, kind, controller: true });

    it.each([
      ["apps/v1", "ReplicaSet"],
      ["apps/v1", "Deployment"],
      ["apps/v1", "StatefulSet"],
      ["apps/v1", "DaemonSet"],
      ["batch/v1", "Job"],
      ["batch/v1", "CronJob"],
      // The API server takes this, and so does the tracer.
      ["apps", "Deployment"],
    ])("can't make a pod that belongs to one of %s, %s", async (apiVersion, kind) => {
      const mine = idlePod("mine", {}, owned(owner(apiVersion, kind)));
      expect((await policies.create(mine)).stderr).toMatch(NO_OWNER);
      expect(await policies.createAsMaker(mine)).toMatchObject({ code: 0 });
    });

    it.each(POD_MAKER_KINDS)("can't make a %s that belongs to a Deployment", async (kind) => {
      const metadata = owned(owner("apps/v1", "Deployment"));
      const mine = podMaker(kind, "mine", { metadata, spec: idle() });
      expect((await policies.create(mine)).stderr).toMatch(NO_OWNER);
    });

    it("can't make a pod that is there belong to another, but can change it otherwise", async () => {
      await policies.make(podMaker("CronJob", "owner", { spec: idle() }));
      const path = "--output=jsonpath={.metadata.uid}";
      const uid = await policies.namespace.output("get", "cronjob/owner", path);
      const metadata = owned({ ...owner("batch/v1", "CronJob"), name: "owner" }, uid);
      await policies.make(idlePod("unowned", {}, { labels: other }));
      expect((await policies.patch("pod/unowned", { metadata })).stderr).toMatch(NO_OWNER);
      await policies.make(idlePod("owned", {}, { ...metadata, labels: other }));
      const label = { metadata: { labels: { more: "labels" } } };
      expect(await policies.patch("pod/owned", label)).toMatchObject({ code: 0 });
      const moved = { metadata: owned(owner("batch/v1", "CronJob")) };
      expect((await policies.patch("pod/owned", moved)).stderr).toMatch(NO_OWNER);
      const released = { metadata: { ownerReferences: null } };
      expect(await policies.patch("pod/owned", released)).toMatchObject({ code: 0 });
    });

    it.each([
      ["that does not control it", { ...owner("apps/v1", "Deployment"), controller: false }],
      ["of a kind that no tracer asks about", owner("apps.kruise.io/v1beta1", "StatefulSet")],
      ["of another API", owner("example.com/v1", "Deployment")],
    ])("can make a pod with an owner %s", async (_, reference) => {
      expect(await policies.create(idlePod("mine", {}, owned(reference)))).toMatchObject({ code: 0 });
    });
  });

  it("holds again after it was taken away and applied anew", async () => {
    await policies.lift();
    // More than the second after which the API server forgets what only a policy that is gone has needed.
    await setTimeout(3_000);
    await policies.putInForce();
    await policies.make(idlePod("anew", ready));
    await expectRefused(idlePod("main", {}, { labels }));
    expect((await policies.create(idlePod("mine", ready, { labels }))).stderr).toMatch(NOT_NAMED);
  });

  describe("with the API server adding the node selector", () => {
    const policy = join(DEPLOY, "overlays/mutating-admission/node-selector-policy.yaml");
    beforeAll(async () => {
      await kubectlOutput(["apply", `--filename=${policy}`]);
      await until("the policy is in force", async () => {
        return (await policies.createAsMaker(idlePod("early"))).code === 0;
      });
    });
    afterAll(async () => {
      await kubectlOutput(["delete", `--filename=${policy}`]);
      await until("the policy is gone", async () => {
        return (await policies.createAsMaker(idlePod("late"))).code !== 0;
      });
    });

    it.each([
      ["without a selector", {}, { [READY]: "true" }],
      ["with one of its own", { nodeSelector: { a: "b" } }, { a: "b", [READY]: "true" }],
      ["that wants the opposite", { nodeSelector: { [READY]: "false" } }, { [READY]: "true" }],
    ])("a workspace pod %s needs a node that logs", async (_, spec, expected) => {
      expect(await selectorIn(idlePod("main", spec))).toEqual(expected);
    });

    it("a pod with an annotation alone needs it, too", async () => {
      expect(await selectorIn(idlePod("main", {}, { annotations }))).toEqual(ready.nodeSelector);
    });

    it("other pods, and what makes them, are left as they are", async () => {
      expect(await selectorIn(idlePod("other", {}, { labels: other }))).toBeUndefined();
      expect(await selectorIn(podMaker("Deployment", "other", { spec: idle() }))).toBeUndefined();
    });

    it.each(POD_MAKER_KINDS)("the pods of a %s, which alone is labelled, need it", async (kind) => {
      const object = (spec: object): Manifest => podMaker(kind, "main", { metadata: { labels }, spec });
      expect(await selectorIn(object(idle()))).toEqual(ready.nodeSelector);
      const own = idle({ nodeSelector: { a: "b" } });
      expect(await selectorIn(object(own))).toEqual({ a: "b", ...ready.nodeSelector });
    });

    it("a workspace from before needs it as soon as its pods are to be others", async () => {
      const after = async (change: object): Promise<unknown> => {
        const { stdout } = await policies.patch("deployment/earlier", change, "--output=json");
        return nodeSelector(stdout);
      };
      expect(await after({ metadata: { labels: other } })).toBeUndefined();
      expect(await after(restart)).toEqual(ready.nodeSelector);
    });

    // Its Deployment would make another one in place of a ReplicaSet that is not as its template says, for ever.
    it("a Deployment's ReplicaSet is refused rather than changed", async () => {
      const owner = { apiVersion: "apps/v1", kind: "Deployment", name: "x", uid: "1", controller: true };
      const metadata = { labels, ownerReferences: [owner] };
      await expectRefused(podMaker("ReplicaSet", "main", { metadata, spec: idle() }));
    });

    /** What the API server makes of an object. */
    async function selectorIn(object: Manifest): Promise<unknown> {
      const { stdout, stderr } = await policies.createAsMaker(object, "--output=json");
      expect(stderr).toBe("");
      return nodeSelector(stdout);
    }
  });
});

interface PodTemplate {
  readonly spec: {
    readonly nodeSelector?: object;
    readonly template?: PodTemplate;
    readonly jobTemplate?: PodTemplate;
  };
}

/** The node selector of a pod, or of the pods that an object makes. */
function nodeSelector(json: string): object | undefined {
  const find = ({ spec }: PodTemplate): object | undefined => {
    const inner = spec.jobTemplate ?? spec.template;
    return inner === undefined ? spec.nodeSelector : find(inner);
  };
  return find(JSON.parse(json) as PodTemplate);
}

async function nodeOfCluster(): Promise<string> {
  return await kubectlOutput(["get", "nodes", "--output=jsonpath={.items[0].metadata.name}"]);
}
