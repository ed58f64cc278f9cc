import { once } from "node:events";
import { afterEach, expect, it } from "vitest";

import { describeKernel } from "./support/describeKernel.ts";
import { JESSIE, newPod, startPodNode } from "./support/podNode.ts";
import { finished } from "./support/testCgroup.ts";
import type { TracedNode } from "./support/tracedNode.ts";

const labels = { username: "jessie", workspace_name: "main" };

describeKernel("pods", () => {
  let node: TracedNode | undefined;
  afterEach(async () => {
    await node?.close();
    node = undefined;
  });

  function start(...[root, options]: Parameters<typeof startPodNode>) {
    const started = startPodNode(root, options);
    node = started.node;
    return started;
  }

  const slice = (uid: string): string => uid.replaceAll("-", "_");

  it.each<[string, string, (uid: string, id: string) => string[]]>([
    ["the cgroupfs driver", "kubepods", (uid, id) => ["burstable", `pod${uid}`, id]],
    ["the cgroupfs driver, guaranteed", "kubepods", (uid, id) => [`pod${uid}`, id]],
    ["CRI-O and the cgroupfs driver", "kubepods", (uid, id) => ["besteffort", `pod${uid}`, `crio-${id}`]],
    [
      "systemd's driver and containerd",
      "kubepods.slice",
      (uid, id) => [
        "kubepods-burstable.slice",
        `kubepods-burstable-pod${slice(uid)}.slice`,
        `cri-containerd-${id}.scope`,
      ],
    ],
    [
      "systemd's driver and CRI-O with a cgroup of the container's own below",
      "kubepods.slice",
      (uid, id) => [`kubepods-pod${slice(uid)}.slice`, `crio-${id}.scope`, "container"],
    ],
    [
      "systemd's driver and cri-dockerd",
      "kubepods.slice",
      (uid, id) => [
        "kubepods-besteffort.slice",
        `kubepods-besteffort-pod${slice(uid)}.slice`,
        `docker-${id}.scope`,
      ],
    ],
    ["kind", "docker/node/kubelet/kubepods", (uid, id) => ["burstable", `pod${uid}`, id]],
    [
      "kind with systemd",
      "system.slice/docker-node.scope/kubelet.slice/kubelet-kubepods.slice",
      (uid, id) => [
        "kubelet-kubepods-burstable.slice",
        `kubelet-kubepods-burstable-pod${slice(uid)}.slice`,
        `cri-containerd-${id}.scope`,
      ],
    ],
  ])("of %s are known from their first program on", async (_, root, path) => {
    const { node, pods } = start(root);
    const { uid, id } = newPod();
    const cgroup = node.cgroup(root, ...path(uid, id));
    await cgroup.run(["/bin/true", "first"]);
    pods.tell(uid, JESSIE, {});
    pods.tell(uid, JESSIE, { [id]: "dev" });
    await cgroup.run(["/bin/true", "second"]);
    for (const marker of ["first", "second"]) {
      expect(await node.exec(marker)).toMatchObject({
        labels,
        attribution: "pod",
        cgroup: cgroup.path,
        pod: {
          namespace: "coder",
          podUid: uid,
          serviceAccount: "default",
          container: "dev",
          image: "example/dev:1",
        },
      });
    }
    expect(node.events.map(({ seq }) => seq)).toEqual(node.events.map((_event, index) => index + 1));
  });

  it("wait each for itself: nothing of one holds up another", async () => {
    const { node, pods } = start();
    const [slow, quick] = [newPod(), newPod()];
    await node.cgroup("kubepods", `pod${slow.uid}`, slow.id).run(["/bin/true", "slow"]);
    pods.tell(quick.uid, JESSIE, { [quick.id]: "dev" });
    await node.cgroup("kubepods", `pod${quick.uid}`, quick.id).run(["/bin/true", "quick"]);
    await node.exec("quick");
    expect(node.execs.some(({ argv }) => argv.includes("slow"))).toBe(false);
    pods.tell(slow.uid, JESSIE, { [slow.id]: "dev" });
    expect(await node.exec("slow")).toMatchObject({ labels, pod: { podUid: slow.uid } });
  });

  it("that stay unknown go out with their uid, and nothing of them is lost when there is no room to wait", async () => {
    const { node } = start("kubepods", { pendingLimits: { maxMs: 600_000, maxBytes: 100_000 } });
    const { uid, id } = newPod();
    const cgroup = node.cgroup("kubepods", `pod${uid}`, id);
    await cgroup.sh('i=0; while [ $i -lt 300 ]; do /bin/true "n$i"; i=$((i + 1)); done');
    await node.stopTracing();
    const numbers = node.execs.flatMap(({ argv }) => (argv[1]?.startsWith("n") === true ? [argv[1]] : []));
    expect(numbers).toEqual(Array.from({ length: 300 }, (_, i) => `n${String(i)}`));
    for (const { attribution, pod, labels: none } of node.execs) {
      expect({ attribution, pod, none }).toMatchObject({
        attribution: "pending-expired",
        pod: { podUid: uid },
        none: {},
      });
    }
    expect(node.session.statistics.pendingExpired).toBe(node.events.length);
  });

  it("that are no workspaces are not logged, and not even told by the kernel any more", async () => {
    const { node, pods } = start();
    const [other, own] = [newPod(), newPod()];
    const cgroup = node.cgroup("kubepods", `pod${other.uid}`, other.id);
    await cgroup.run(["/bin/true", "other-before"]);
    pods.tell(own.uid, JESSIE, { [own.id]: "dev" });
    await node.cgroup("kubepods", `pod${own.uid}`, own.id).run(["/bin/true", "before"]);
    await node.exec("before");
    pods.tell(other.uid, { app: "nginx" }, {});
    const { outside } = node.session.statistics;
    expect(outside).toBeGreaterThan(0);
    await cgroup.run(["/bin/true", "other-after"]);
    await node.cgroup("kubepods", `pod${own.uid}`, own.id).run(["/bin/true", "after"]);
    await node.exec("after");
    expect(node.session.statistics.outside).toBe(outside);
    expect(node.execs.flatMap(({ argv }) => argv.filter((each) => each.startsWith("other")))).toEqual([]);
  });

  it("keep what a workspace makes below its cgroup, also a directory named like another pod", async () => {
    const { node, pods } = start();
    const [own, other] = [newPod(), newPod()];
    pods.tell(other.uid, { ...JESSIE, "com.coder.user.username": "eve" }, { [other.id]: "dev" });
    pods.tell(own.uid, JESSIE, { [own.id]: "dev" });
    await node
      .cgroup("kubepods", `pod${own.uid}`, own.id, "kubepods", `pod${other.uid}`, other.id)
      .run(["/bin/true", "forged"]);
    expect(await node.exec("forged")).toMatchObject({
      labels,
      attribution: "pod",
      pod: { podUid: own.uid, container: "dev" },
    });
  });

  it("keep what moves into a cgroup elsewhere, by its lineage", async () => {
    const { node, pods } = start();
    const { uid, id } = newPod();
    const outside = node.cgroup("elsewhere");
    const cgroup = node.cgroup("kubepods", `pod${uid}`, id);
    pods.tell(uid, JESSIE, { [id]: "dev" });
    await cgroup.sh(
      '/bin/true inside; echo 0 > "$1/cgroup.procs"; /bin/true moved; /bin/sh -c "/bin/true deeper; :"; exec /bin/true became',
      outside.directory,
    );
    expect(await node.exec("inside")).toMatchObject({ attribution: "pod" });
    for (const marker of ["moved", "deeper", "became"]) {
      const exec = await node.exec(marker);
      expect(exec).toMatchObject({
        labels,
        attribution: "lineage",
        pod: { podUid: uid, container: "dev" },
      });
      expect(await node.exit(exec)).toMatchObject({ labels, attribution: "lineage", pod: { podUid: uid } });
    }
  });

  it("keep what moves into a cgroup elsewhere, by a PID namespace made in them", async () => {
    const { node, pods } = start();
    const { uid, id } = newPod();
    const outside = node.cgroup("elsewhere");
    const cgroup = node.cgroup("kubepods", `pod${uid}`, id);
    pods.tell(uid, JESSIE, { [id]: "dev" });
    const script = 'echo 0 > "$1/cgroup.procs"; /bin/true direct; unshare --pid --fork /bin/true nested; :';
    await cgroup.run(["unshare", "--pid", "--fork", "/bin/sh", "-c", script, "sh", outside.directory]);
    expect(await node.exec("direct")).toMatchObject({
      labels,
      attribution: "pid_namespace",
      pod: { podUid: uid },
    });
    await node.until("the nested exec", () =>
      node.execs.some(({ argv }) => argv[0] === "/bin/true" && argv[1] === "nested"),
    );
    const nested = node.execs.find(({ argv }) => argv[0] === "/bin/true" && argv[1] === "nested");
    expect(nested).toMatchObject({ labels, attribution: "pid_namespace", nsPid: 1, nested: true });
  });

  it("that run already are known, with what their PID namespaces hold in cgroups elsewhere", async () => {
    const { node, pods } = start("kubepods", { startLater: true });
    const { uid, id } = newPod();
    const outside = node.cgroup("elsewhere");
    const script =
      '/bin/sh -c \'echo 0 > "$1/cgroup.procs"; echo ready; read -r go; /bin/true later; :\' moved "$1"; :';
    const child = node
      .cgroup("kubepods", `pod${uid}`, id)
      .start(["unshare", "--pid", "--fork", "/bin/sh", "-c", script, "init", outside.directory]);
    const ended = finished(child);
    if (child.stdout === null) throw new Error("unreachable");
    await once(child.stdout, "data");
    node.startTracing();
    pods.tell(uid, JESSIE, { [id]: "dev" });
    pods.listed();
    child.stdin?.end("go\n");
    expect(await node.exec("later")).toMatchObject({
      labels,
      attribution: "pid_namespace",
      pod: { podUid: uid },
    });
    await ended;
    const running = node.session.snapshot.filter(({ labels: known }) => known["username"] === "jessie");
    expect(running.map(({ argv }) => argv.at(-2))).toEqual(expect.arrayContaining(["init", "moved"]));
  });

  it("are not where the host's own processes run", async () => {
    const { node, pods } = start();
    const { uid, id } = newPod();
    pods.tell(uid, JESSIE, { [id]: "dev" });
    const cgroup = node.cgroup("kubepods", `pod${uid}`, id);
    await cgroup.run(["/bin/true", "inside"]);
    await node.cgroup("elsewhere").run(["/bin/true", "outside"]);
    await cgroup.run(["/bin/true", "last"]);
    await node.exec("last");
    expect(node.execs.some(({ argv }) => argv.includes("outside"))).toBe(false);
  });
});
