import { beforeEach, describe, expect, it, vi } from "vitest";

import { CgroupTree } from "../../../../tracer-service/cgroup/cgroupTree.ts";
import type { Attributed, Awaited } from "../../../../tracer-service/identity/identityProvider.ts";
import {
  KubernetesProvider,
  type PodCgroups,
} from "../../../../tracer-service/identity/kubernetesProvider.ts";
import { OwnerTable } from "../../../../tracer-service/identity/ownerTable.ts";
import { constants } from "../../../../tracer-service/kernel/layout.ts";
import { FakeCgroups } from "../cgroup/fakeCgroups.ts";
import { FakeScope } from "./fakeScope.ts";
import { CODER_RULES, CONTAINER_ID, fixturePod, JESSIE, metadataOf, POD_UID } from "./fixturePods.ts";

const POD = `/kubepods/burstable/pod${POD_UID}`;
const CONTAINER = `${POD}/${CONTAINER_ID}`;
const labels = { username: "jessie", workspace_name: "main" };

describe("KubernetesProvider", () => {
  let files: FakeCgroups;
  let scope: FakeScope;
  let owners: OwnerTable<PodCgroups>;
  let provider: KubernetesProvider;
  let doubts: number;
  let nowMs: number;
  const news: string[] = [];
  const changes: unknown[] = [];
  const problems: string[] = [];

  beforeEach(() => {
    files = new FakeCgroups();
    files.make("/cg");
    files.make("/v1");
    files.make("/cg/kubepods/burstable");
    scope = new FakeScope();
    owners = new OwnerTable();
    doubts = nowMs = 0;
    news.length = changes.length = problems.length = 0;
  });

  function start(root = "/kubepods"): void {
    const hierarchies = [
      { number: 0, mountPoint: "/cg" },
      { number: 8, mountPoint: "/v1" },
    ];
    provider = new KubernetesProvider({
      roots: () => [root],
      tree: new CgroupTree(hierarchies, files),
      scope,
      owners,
      rules: CODER_RULES,
      report: {
        identityChanged: (change) => changes.push(change),
        problem: (_, problem) => problems.push(problem),
      },
      source: { start: () => undefined, doubt: () => doubts++, stop: () => undefined },
      readyMs: 1e6,
      nowMs: () => nowMs,
    });
    provider.onNews((uid) => news.push(uid));
    provider.start();
  }

  /** Makes a cgroup of the unified hierarchy and announces it, as the kernel does. */
  function make(path: string, prefix = 0): bigint {
    const key = files.make(`/cg${path}`);
    const at = path.lastIndexOf("/");
    provider.cgroupMade({
      type: "cgroupMade",
      cpu: 0,
      cpuSeq: 1,
      timeNs: 0n,
      owner: 2,
      cgroupKey: key,
      parentKey: files.inode(`/cg${path.slice(0, at)}`) ?? 0n,
      name: path.slice(at + 1),
      prefix,
    });
    return key;
  }

  const at = (cgroupKey: bigint, owner = 0) => provider.attribute({ cgroupKey, owner, loginUid: undefined });

  function awaited(attributed: Attributed | "outside" | Awaited): Awaited {
    if (attributed === "outside" || !("awaiting" in attributed)) throw new Error("it is attributed already");
    return attributed;
  }

  it("captures all of kubelet's cgroups, now and when they are made", () => {
    start();
    expect(scope.verdicts.get(files.inode("/cg/kubepods") ?? 0n)).toBe(owners.shared);
    expect(scope.paths.get("/kubepods")).toEqual({ owner: owners.shared, prefix: 1 });
  });

  it("lets the first process of a pod wait for what the pod is, and then for its container's name", () => {
    start();
    make(POD);
    const container = make(CONTAINER);
    const first = awaited(at(container));
    expect(first.awaiting).toBe(POD_UID);
    expect(first.settle()).toBeUndefined();
    provider.podChanged(fixturePod(JESSIE, { containers: new Map() }), []);
    expect(news).toEqual([POD_UID]);
    expect(first.settle()).toBeUndefined();
    provider.podChanged(fixturePod(JESSIE), []);
    expect(first.settle()).toMatchObject({
      workspace: { labels, attribution: "pod" },
      cgroup: CONTAINER,
      pod: {
        namespace: "coder",
        pod: "jessie-main",
        podUid: POD_UID,
        container: "dev",
        image: "example/dev:1",
      },
    });
    expect(at(container)).toBe(at(container));
  });

  it("knows a pod whose metadata came before its cgroup", () => {
    start();
    provider.podChanged(fixturePod(JESSIE), []);
    const pod = make(POD);
    expect(at(make(CONTAINER))).toMatchObject({ workspace: { labels }, pod: { container: "dev" } });
    expect(scope.verdicts.get(pod)).toBeGreaterThan(owners.shared);
    expect(provider.workspaces()).toMatchObject([{ labels }]);
  });

  it("knows pods that ran before it", () => {
    const container = files.make(`/cg${CONTAINER}`);
    start();
    expect(awaited(at(container)).settle()).toBeUndefined();
    provider.podChanged(fixturePod(JESSIE), []);
    expect(at(container)).toMatchObject({ workspace: { labels } });
    expect(provider.counts).toEqual({ unknown: 0, workspace: 1, outside: 0 });
  });

  it("says no more than the uid of a pod that stays unknown, and asks for it", () => {
    start();
    make(POD);
    const waiting = awaited(at(make(CONTAINER)));
    expect(doubts).toBe(1);
    expect(waiting.giveUp()).toMatchObject({
      workspace: undefined,
      cgroup: CONTAINER,
      attribution: "pending-expired",
      pod: { podUid: POD_UID, pod: undefined },
    });
  });

  it("says all but the labels of a pod whose owners are not found in time, and asks for nothing more", () => {
    start();
    make(POD);
    provider.podSeen(fixturePod());
    const waiting = awaited(at(make(CONTAINER)));
    expect(doubts).toBe(0);
    expect(waiting.settle()).toBeUndefined();
    expect(waiting.giveUp()).toMatchObject({
      workspace: undefined,
      attribution: "pending-expired",
      pod: { podUid: POD_UID, namespace: "coder", pod: "jessie-main", container: "dev" },
    });
    provider.podChanged(fixturePod(), [metadataOf(JESSIE)]);
    expect(waiting.settle()).toMatchObject({ workspace: { labels }, pod: { container: "dev" } });
  });

  it("gives up on a container's name, not on whose it is", () => {
    start();
    make(POD);
    provider.podChanged(fixturePod(JESSIE, { containers: new Map() }), []);
    const given = awaited(at(make(CONTAINER))).giveUp();
    expect(given).toMatchObject({ workspace: { labels }, pod: { pod: "jessie-main", container: undefined } });
    expect(given.attribution).toBeUndefined();
    expect(doubts).toBe(0);
  });

  it("can still say what an event's pod is when its cgroup is gone", () => {
    start();
    const pod = make(POD);
    const container = make(CONTAINER);
    const waiting = awaited(at(container));
    provider.cgroupRemoved(container);
    provider.cgroupRemoved(pod);
    provider.podChanged(fixturePod(JESSIE), []);
    provider.podDeleted(POD_UID);
    expect(waiting.settle()).toMatchObject({ workspace: { labels }, pod: { container: "dev" } });
  });

  it("takes a pod that is no workspace out of the scope, only once it is known", () => {
    start();
    const pod = make(POD);
    const container = make(CONTAINER);
    expect(scope.verdicts.get(pod)).toBeGreaterThan(owners.shared);
    const waiting = awaited(at(container));
    provider.podChanged(fixturePod({ app: "nginx" }), []);
    expect(scope.verdicts.get(pod)).toBe(constants.IGNORED);
    expect(waiting.settle()).toBe("outside");
    expect(at(container)).toBe("outside");
  });

  it("ignores each cgroup of a pod, in every hierarchy", () => {
    const v1 = files.make(`/v1${POD}`);
    files.make(`/cg${POD}`);
    start();
    provider.podChanged(fixturePod({}), []);
    expect(scope.verdicts.get(v1 | (8n << 48n))).toBe(constants.IGNORED);
    expect(scope.verdicts.get(files.inode(`/cg${POD}`) ?? 0n)).toBe(constants.IGNORED);
  });

  it("takes a pod in again that is labelled later, with what was made in it meanwhile", () => {
    start();
    const pod = make(POD);
    provider.podChanged(fixturePod({}), []);
    const container = files.make(`/cg${CONTAINER}`);
    provider.podChanged(fixturePod(JESSIE), []);
    expect(scope.verdicts.get(pod)).toBeGreaterThan(owners.shared);
    expect(at(container)).toMatchObject({ workspace: { labels }, cgroup: CONTAINER });
  });

  it("keeps a workspace that claims to be another, and reports that", () => {
    start();
    make(POD);
    const container = make(CONTAINER);
    provider.podChanged(fixturePod(JESSIE), []);
    provider.podChanged(fixturePod({ ...JESSIE, "com.coder.user.username": "eve" }), []);
    provider.podChanged(fixturePod({}), []);
    expect(at(container)).toMatchObject({ workspace: { labels } });
    expect(changes).toMatchObject([
      { labels, claimed: { username: "eve" } },
      { labels, claimed: undefined },
    ]);
  });

  it("attributes what a workspace nests to it, also where it is named like another pod", () => {
    start();
    make(POD);
    make(CONTAINER);
    provider.podChanged(fixturePod(JESSIE), []);
    const other = POD_UID.replace("0", "1");
    const nested = make(`${CONTAINER}/pod${other}`);
    const deeper = make(`${CONTAINER}/pod${other}/${"b".repeat(64)}`);
    for (const key of [nested, deeper]) {
      expect(at(key)).toMatchObject({ workspace: { labels }, pod: { podUid: POD_UID, container: "dev" } });
    }
    expect(scope.verdicts.has(nested)).toBe(false);
  });

  it("attributes a process whose cgroup lies elsewhere to the pod that the kernel names, and says how", () => {
    start();
    const pod = make(POD);
    const owner = scope.verdicts.get(pod) ?? 0;
    const container = make(CONTAINER);
    provider.podChanged(fixturePod(JESSIE), []);
    const outside = { cgroupKey: 4711n, owner, loginUid: undefined };
    expect(provider.attribute({ ...outside, via: "namespace" })).toMatchObject({
      workspace: { labels },
      attribution: "pid_namespace",
      pod: { podUid: POD_UID, container: undefined },
    });
    expect(provider.attribute({ ...outside, via: "lineage", origin: container })).toMatchObject({
      workspace: { labels },
      attribution: "lineage",
      pod: { podUid: POD_UID, container: "dev" },
    });
    // From before the pod had a number of its own.
    const early = { ...outside, owner: owners.shared };
    expect(provider.attribute({ ...early, via: "lineage", origin: container })).toMatchObject({
      workspace: { labels },
      attribution: "lineage",
    });
    expect(provider.attribute({ ...early, via: "lineage" })).toEqual({
      workspace: undefined,
      cgroup: undefined,
    });
  });

  it("leaves out what came from a pod that is no workspace, wherever it is", () => {
    start();
    const owner = scope.verdicts.get(make(POD)) ?? 0;
    provider.podChanged(fixturePod({ app: "nginx" }), []);
    const outside = { cgroupKey: 4711n, owner, loginUid: undefined };
    expect(provider.attribute({ ...outside, via: "namespace" })).toBe("outside");
    expect(at(0n, owner)).toBe("outside");
  });

  it("counts a loss to its pod where its cgroup is not known", () => {
    start();
    const owner = scope.verdicts.get(make(POD)) ?? 0;
    provider.podChanged(fixturePod(JESSIE), []);
    const loss = at(0n, owner);
    expect(loss).toMatchObject({ workspace: { labels }, pod: { podUid: POD_UID } });
    expect(at(0n, owners.shared)).toEqual({ workspace: undefined, cgroup: undefined });
  });

  it("finds a cgroup that was not announced", () => {
    start();
    make(POD);
    provider.podChanged(fixturePod(JESSIE), []);
    const container = files.make(`/cg${CONTAINER}`);
    expect(at(container)).toMatchObject({ workspace: { labels } });
  });

  it("knows kubelet's cgroups by the kernel's word for its root, wherever that is made", () => {
    files.make("/cg/outer");
    start("/outer/kubepods");
    make("/outer/kubepods", 1);
    make(`/outer${POD.slice(0, POD.lastIndexOf("/"))}`);
    const pod = make(`/outer${POD}`);
    // No look at what there is could tell.
    files.remove("/cg/outer");
    expect(awaited(at(pod)).awaiting).toBe(POD_UID);
  });

  it("looks once for a cgroup that is nowhere", () => {
    start();
    const looks = vi.spyOn(files, "directories");
    expect(at(4_711n)).toEqual({ workspace: undefined, cgroup: undefined });
    expect(looks).toHaveBeenCalled();
    looks.mockClear();
    at(4_711n);
    expect(looks).not.toHaveBeenCalled();
  });

  it("takes no container of a pod that ran before for its sandbox", () => {
    files.make(`/cg${CONTAINER}`);
    start();
    provider.podChanged(fixturePod(JESSIE), []);
    const unnamed = awaited(at(make(`${POD}/${"4e".repeat(32)}`)));
    expect(unnamed.settle()).toBeUndefined();
  });

  it("counts kubelet's root itself to no pod", () => {
    start();
    expect(at(files.inode("/cg/kubepods") ?? 0n)).toEqual({ workspace: undefined, cgroup: "/kubepods" });
  });

  it("forgets a pod some minutes after its end, with all that was told to the kernel", () => {
    start();
    provider.podChanged(fixturePod(JESSIE), []);
    const pod = make(POD);
    const owner = scope.verdicts.get(pod) ?? 0;
    const container = make(CONTAINER);
    provider.cgroupRemoved(container);
    provider.cgroupRemoved(pod);
    files.remove(`/cg${POD}`);
    expect(scope.verdicts.has(pod)).toBe(false);
    expect(provider.workspaces()).toEqual([]);
    provider.podDeleted(POD_UID);
    expect(owners.workspace(owner)).toBeDefined();
    nowMs = 300_001;
    make("/kubepods/burstable/anything");
    expect(owners.workspace(owner)).toBeUndefined();
  });

  it("forgets nothing of others with it", () => {
    start();
    provider.podChanged(fixturePod(JESSIE), []);
    make(POD);
    const container = make(CONTAINER);
    const known = at(container);
    const gone = "0b5a2a0e-2d0e-4a51-9f0a-000000000000";
    const pod = make(`/kubepods/burstable/pod${gone}`);
    provider.podChanged(fixturePod(JESSIE, { uid: gone, cgroupUid: gone, name: "gone" }), []);
    provider.cgroupRemoved(pod);
    files.remove(`/cg/kubepods/burstable/pod${gone}`);
    provider.podDeleted(gone);
    nowMs = 300_001;
    make("/kubepods/burstable/anything");
    expect(at(container)).toBe(known);
  });

  it("remembers an ignored pod for as long as its cgroup is there", () => {
    start();
    provider.podChanged(fixturePod({}), []);
    const pod = make(POD);
    provider.podDeleted(POD_UID);
    nowMs = 300_001;
    make("/kubepods/burstable/anything");
    expect(scope.verdicts.get(pod)).toBe(constants.IGNORED);
    files.remove(`/cg${POD}`);
    nowMs = 600_002;
    make("/kubepods/burstable/more");
    expect(scope.verdicts.has(pod)).toBe(false);
  });

  it("forgets what is gone when notices were lost, and finds what is new", () => {
    start();
    provider.podChanged(fixturePod(JESSIE), []);
    const pod = make(POD);
    files.remove(`/cg${POD}`);
    const again = files.make(`/cg${POD}`);
    provider.resynchronise();
    expect([scope.verdicts.has(pod), scope.verdicts.has(again)]).toEqual([false, true]);
  });

  it("is ready when the API server has told all pods", async () => {
    start();
    const { ready } = provider;
    provider.listed();
    await ready;
  });
});
