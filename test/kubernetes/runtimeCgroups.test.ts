import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";

import { ContainerHost } from "../containers/support/containerHost.ts";
import { describeOwnNode } from "./support/describeOwnNode.ts";
import { apply, kubectl } from "./support/kubectl.ts";
import { NodeTracer, type PodLine } from "./support/nodeTracer.ts";
import { coderLabels, pod } from "./support/workspacePods.ts";
import { until } from "./support/until.ts";

const NODE = "runtime-cgroups";

interface Layout {
  readonly what: string;
  /** kubelet's root, below the test's own cgroup. */
  readonly root: string;
  /** The container's cgroup below that; `uid` has underscores with systemd's driver. */
  readonly cgroup: (uid: string, container: string) => string;
  /** How the API names the container. */
  readonly runtime: "containerd" | "cri-o" | "docker";
}

const underscored = (uid: string): string => uid.replaceAll("-", "_");

const layouts: readonly Layout[] = [
  {
    what: "containerd with systemd's driver, burstable",
    root: "kubepods.slice",
    cgroup: (uid, id) =>
      `kubepods-burstable.slice/kubepods-burstable-pod${underscored(uid)}.slice/cri-containerd-${id}.scope`,
    runtime: "containerd",
  },
  {
    what: "containerd with systemd's driver, guaranteed",
    root: "kubepods.slice",
    cgroup: (uid, id) => `kubepods-pod${underscored(uid)}.slice/cri-containerd-${id}.scope`,
    runtime: "containerd",
  },
  {
    what: "CRI-O with systemd's driver, best effort",
    root: "kubepods.slice",
    cgroup: (uid, id) =>
      `kubepods-besteffort.slice/kubepods-besteffort-pod${underscored(uid)}.slice/crio-${id}.scope`,
    runtime: "cri-o",
  },
  {
    what: "CRI-O with a cgroup of its own in the container's",
    root: "kubepods.slice",
    cgroup: (uid, id) =>
      `kubepods-burstable.slice/kubepods-burstable-pod${underscored(uid)}.slice/crio-${id}.scope/container`,
    runtime: "cri-o",
  },
  {
    what: "CRI-O with the cgroupfs driver",
    root: "kubepods",
    cgroup: (uid, id) => `burstable/pod${uid}/crio-${id}`,
    runtime: "cri-o",
  },
  {
    what: "cri-dockerd with systemd's driver",
    root: "kubepods.slice",
    cgroup: (uid, id) =>
      `kubepods-burstable.slice/kubepods-burstable-pod${underscored(uid)}.slice/docker-${id}.scope`,
    runtime: "docker",
  },
  {
    what: "kind, whose node is a container itself",
    root: `docker/${"5eed".repeat(16)}/kubelet.slice/kubelet-kubepods.slice`,
    cgroup: (uid, id) =>
      `kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod${underscored(uid)}.slice/cri-containerd-${id}.scope`,
    runtime: "containerd",
  },
];

describeOwnNode("containers that runc runs in the cgroups of", () => {
  let host: ContainerHost;
  let tracer: NodeTracer;

  beforeAll(async () => {
    tracer = await NodeTracer.prepare();
    // Nobody runs its pods but the test: the API server knows them, and where they are.
    await apply([{ apiVersion: "v1", kind: "Node", metadata: { name: NODE } }]);
  });

  beforeEach(() => {
    host = new ContainerHost();
  });

  afterEach(async () => {
    await host.close();
  });

  afterAll(async () => {
    await tracer.namespace.kubectl("delete", "pods", "--all", "--force");
    await kubectl(["delete", "node", NODE]);
    await tracer.close();
  });

  /** A pod of that node with two containers that its runtime has just started. */
  const started = async (
    name: string,
    runtime: Layout["runtime"],
  ): Promise<{ readonly uid: string; readonly ids: Readonly<Record<"dev" | "side", string>> }> => {
    const ids = { dev: randomBytes(32).toString("hex"), side: randomBytes(32).toString("hex") };
    const { metadata, ...rest } = pod(name, "true", {
      labels: coderLabels("jessie"),
      spec: { nodeName: NODE },
    });
    const spec = rest["spec"] as { readonly containers: readonly object[] };
    const [dev] = spec.containers;
    await tracer.namespace.apply({
      ...{ ...rest, metadata },
      spec: { ...spec, containers: [dev, { ...dev, name: "side" }] },
    });
    const now = new Date().toISOString().replace(/\.\d+/, "");
    const containerStatuses = Object.entries(ids).map(([container, id]) => ({
      ...{ name: container, image: "workspace", imageID: "", ready: true, restartCount: 0 },
      ...{ containerID: `${runtime}://${id}`, state: { running: { startedAt: now } } },
    }));
    const patch = JSON.stringify({ status: { phase: "Running", startTime: now, containerStatuses } });
    await tracer.namespace.output(
      "patch",
      "pod",
      name,
      "--subresource=status",
      "--type=merge",
      `--patch=${patch}`,
    );
    const uid = await tracer.namespace.output("get", "pod", name, "--output=jsonpath={.metadata.uid}");
    return { uid, ids };
  };

  it.each(layouts)("$what are known by their pod and container", async ({ root, cgroup, runtime, what }) => {
    const kubelet = host.path(...root.split("/"));
    const service = await tracer.startFor({ node: NODE, root: kubelet });
    const name = `pod-${String(layouts.findIndex((each) => each.what === what))}`;
    const { uid, ids } = await started(name, runtime);
    const run = async (path: string, argument: string): Promise<readonly PodLine[]> => {
      await host.start({ args: ["/bin/true", argument], cgroup: path }).ended;
      await until(
        `${argument} is logged`,
        () => tracer.execs(service, argument).length > 0,
        () => service.stderr.slice(-2_000),
      );
      return tracer.execs(service, argument);
    };
    for (const container of ["dev", "side"] as const) {
      const path = `${kubelet}/${cgroup(uid, ids[container])}`;
      expect(await run(path, `in-${container}`)).toMatchObject([
        {
          fields: {
            ...{ labels: { username: "jessie", workspace_name: "main" }, attribution: "pod", node: NODE },
            kubernetes: { namespace: tracer.namespace.name, pod: name, pod_uid: uid, container },
            event: { cgroup: path },
          },
        },
      ]);
    }
    // What a workspace makes below its own, named like another pod's, is its own all the same.
    const other = await started(`${name}-other`, runtime);
    const forged = `${kubelet}/${cgroup(uid, ids.dev)}/${cgroup(other.uid, other.ids.dev)}`;
    expect(await run(forged, "forged")).toMatchObject([
      { fields: { attribution: "pod", kubernetes: { pod: name, pod_uid: uid, container: "dev" } } },
    ]);
    await service.stop();
  });
});
