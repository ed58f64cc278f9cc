import { afterAll, beforeAll, expect, it } from "vitest";

import { systemClock } from "../../extension/clock.ts";
import { ClusterSource } from "../../extension/cluster/clusterSource.ts";
import { LINES_A_WINDOW } from "../../tracer-service/output/lineLimit.ts";
import type { TracerService } from "../service/support/tracerService.ts";
import { contextApi } from "./support/contextApi.ts";
import { describeOwnNode } from "./support/describeOwnNode.ts";
import type { Manifest } from "./support/kubectl.ts";
import { NodeTracer, type PodLine } from "./support/nodeTracer.ts";
import { until } from "./support/until.ts";
import { coderLabels, pod, podSpec } from "./support/workspacePods.ts";

const jessie = { username: "jessie", workspace_name: "main" };
const labels = coderLabels("jessie");
/** As many as don't fit into one answer of the API server that a tracer reads. */
const LONG_PODS = 8;
const CHANGES = LINES_A_WINDOW + 5;
/** What JSON has as six characters: near to the most that etcd takes of an object. */
const LONG_TEXT = "<".repeat(1_400_000);

/** Somebody who may make pods, and write into them whatever the API server takes. */
describeOwnNode("pods that are made to mislead the tracer of their node", () => {
  let tracer: NodeTracer;
  let service: TracerService;

  beforeAll(async () => {
    tracer = await NodeTracer.prepare();
    service = await tracer.start("--pending-timeout", "300");
  });
  afterAll(async () => {
    await tracer.close();
  });

  async function run(name: string, metadata: object): Promise<void> {
    const made = pod(name, `/bin/true in-${name}; exec sleep infinity`);
    await tracer.namespace.createPod({ ...made, metadata: { ...made.metadata, ...metadata } });
    await tracer.namespace.wait("condition=Ready", `pod/${name}`);
  }

  async function logged(argument: string): Promise<readonly PodLine[]> {
    await until(
      `${argument} is logged`,
      () => tracer.execs(service, argument).length > 0,
      () => service.stderr.slice(-2000),
    );
    return tracer.execs(service, argument);
  }

  const hash = "0123456789abcdef".repeat(2);
  const owned = (name: string, uid = "6f1e1a86-0000-4000-8000-000000000001"): object => ({
    ownerReferences: [
      {
        ...{ apiVersion: "apps/v1", kind: "ReplicaSet", name, controller: true },
        uid,
      },
    ],
  });

  it.each<[string, string, object]>([
    ["the hash of a static pod", "hashed", { annotations: { "kubernetes.io/config.hash": hash } }],
    // The garbage collector takes away what has an owner that it finds missing; of this one it finds all there are.
    ["an owner that is the path to all owners", "dot", owned(".")],
  ])("are known by their labels all the same, with %s", async (_, name, metadata) => {
    await run(name, { ...metadata, labels });
    expect(await logged(`in-${name}`)).toMatchObject([
      { fields: { labels: jessie, attribution: "pod", kubernetes: { pod: name, container: "dev" } } },
    ]);
  });

  it("name another's owner by its uid alone, and do not hide from the tracer whose pods it has", async () => {
    const app = { app: "victim" };
    const template = { metadata: { labels: app }, spec: podSpec("/bin/true in-victim; exec sleep infinity") };
    await tracer.namespace.apply({
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "victim", labels } },
      spec: { replicas: 0, selector: { matchLabels: app }, template },
    });
    const asked = [
      "get",
      "replicasets",
      "--selector=app=victim",
      "--output=jsonpath={.items[*].metadata.uid}",
    ];
    let uid = "";
    await until("the Deployment has a ReplicaSet", async () => {
      return (uid = await tracer.namespace.output(...asked)) !== "";
    });
    const { spec, ...rest } = pod("liar", "exec sleep infinity");
    const metadata = { ...rest.metadata, ...owned("no-such", uid) };
    await tracer.namespace.createPod({
      ...rest,
      metadata,
      spec: { ...(spec as object), nodeName: tracer.nodeName },
    });
    await until("the tracer has looked for it", () => {
      return tracer.api.asked.some((path) => path.endsWith("/replicasets/no-such"));
    });
    await tracer.namespace.output("scale", "deployment/victim", "--replicas=1");
    expect(await logged("in-victim")).toMatchObject([{ fields: { labels: jessie, attribution: "pod" } }]);
  });

  it("are labelled again and again, and neither fill the log nor hide what they claim at last", async () => {
    await run("restless", { labels });
    await logged("in-restless");
    for (let index = 0; index < CHANGES; index++)
      await tracer.namespace.output(
        "label",
        "pod",
        "restless",
        "--overwrite",
        `com.coder.user.username=eve${String(index)}`,
      );
    await tracer.namespace.output("exec", "restless", "--", "/bin/true", "after-all");
    expect((await logged("after-all"))[0]?.fields.labels).toEqual(jessie);
    await service.stop();
    const changes = (service.log as PodLine[]).filter(({ msg }) => (msg as string) === "identity");
    expect(changes).toHaveLength(LINES_A_WINDOW + 1);
    expect(changes.at(-1)).toMatchObject({
      fields: {
        ...{ labels: jessie, withheld: CHANGES - LINES_A_WINDOW },
        claimed: { username: `eve${String(CHANGES - 1)}` },
      },
    });
    service = await tracer.start();
  });

  it("are as long as the API server takes, and many, and hide no other from tracers and editors", async () => {
    const source = new ClusterSource({
      ...{ context: "test", server: "", api: contextApi(), namespaces: [], clock: systemClock },
      log: () => undefined,
    });
    const isShown = (name: string): boolean =>
      [...source.workspaces.values()].some(
        (each) => each.namespace === tracer.namespace.name && each.pod === name,
      );
    try {
      await until("the editor has listed all", () => source.listed);
      for (let index = 0; index < LONG_PODS; index++) await tracer.namespace.createPod(longPod(index));
      await run("beside", { labels });
      await logged("in-beside");
      await until("the editor shows it", () => isShown("beside"));
      expect(source.state).toEqual({ type: "connected" });

      // Who starts has to list them all.
      await service.stop();
      service = await tracer.start("--pending-timeout", "300");
      await tracer.namespace.output("exec", "beside", "--", "/bin/true", "after-the-list");
      expect(await logged("after-the-list")).toMatchObject([
        { fields: { labels: jessie, attribution: "pod", kubernetes: { pod: "beside" } } },
      ]);
    } finally {
      source.dispose();
    }
    const anew = new ClusterSource({
      ...{ context: "test", server: "", api: contextApi(), namespaces: [], clock: systemClock },
      log: () => undefined,
    });
    try {
      await until(
        "another editor lists all",
        () => anew.listed,
        () => JSON.stringify(anew.state),
      );
      const names = [...anew.workspaces.values()].filter(
        ({ namespace }) => namespace === tracer.namespace.name,
      );
      expect(names.map(({ pod }) => pod)).toContain("beside");
    } finally {
      anew.dispose();
    }
  });

  /** No node takes it, but it is this one's by name. */
  function longPod(index: number): Manifest {
    const { spec, ...rest } = pod(`long-${String(index)}`, "true", { labels });
    const { containers } = spec as { readonly containers: readonly object[] };
    return {
      ...rest,
      spec: {
        ...(spec as object),
        nodeName: tracer.nodeName,
        nodeSelector: { none: "such" },
        containers: containers.map((each) => ({ ...each, args: [LONG_TEXT] })),
      },
    };
  }
});
