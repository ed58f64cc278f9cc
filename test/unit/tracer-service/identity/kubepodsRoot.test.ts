import { describe, expect, it } from "vitest";

import { findRoots, pathOfSelf, rootOfOwnPod } from "../../../../tracer-service/identity/kubepodsRoot.ts";

const UID = "0b5a2a0e-2d0e-4a51-9f0a-2d0e4a519f0a";
const ID = "3f1c0d5e".repeat(8);

function treeOf(...paths: string[]): (path: string) => string[] {
  return (path) => {
    const prefix = path === "/" ? "/" : `${path}/`;
    const names = paths
      .filter((each) => each.startsWith(prefix))
      .map((each) => each.slice(prefix.length).split("/")[0] ?? "");
    return [...new Set(names)].filter((name) => name !== "");
  };
}

describe("findRoots", () => {
  it.each([
    ["the cgroupfs driver's", ["/kubepods/burstable", "/system.slice/x"], ["/kubepods"]],
    ["systemd's", ["/kubepods.slice/kubepods-besteffort.slice"], ["/kubepods.slice"]],
    ["one with only guaranteed pods", [`/kubepods/pod${UID}`], ["/kubepods"]],
    [
      "those of two kind nodes",
      [`/docker/a/kubelet/kubepods/burstable`, `/docker/b/kubelet/kubepods/burstable`],
      ["/docker/a/kubelet/kubepods", "/docker/b/kubelet/kubepods"],
    ],
    [
      "kind's with systemd",
      ["/system.slice/docker-a.scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice"],
      ["/system.slice/docker-a.scope/kubelet.slice/kubelet-kubepods.slice"],
    ],
    [
      "the outermost, where a workspace holds a cluster",
      [`/kubepods/burstable/pod${UID}/${ID}/kubelet/kubepods/burstable`],
      ["/kubepods"],
    ],
    ["none that is empty", ["/kubepods", "/user.slice/kubepods/x"], []],
    ["none that is named almost like one", ["/my-kubepods/burstable", "/kubepods.slicer/burstable"], []],
    ["none too deep to be a node's", ["/a/b/c/d/e/f/kubepods/burstable"], []],
  ])("finds %s", (_, paths, roots) => {
    expect(findRoots(treeOf(...paths))).toEqual(roots);
  });
});

describe("rootOfOwnPod", () => {
  it.each([
    ["in a pod", [`/kubepods/burstable/pod${UID}/${ID}`], "/kubepods"],
    ["in a pod of kind", [`/docker/x/kubelet/kubepods/pod${UID}/${ID}`], "/docker/x/kubelet/kubepods"],
    ["in a pod in a workspace", [`/kubepods/pod${UID}/${ID}/kubelet/kubepods/pod${UID}/${ID}`], "/kubepods"],
    ["in a pod by its v1 cgroup only", ["/", `/kubepods/pod${UID}/${ID}`], "/kubepods"],
    ["on the host", ["/system.slice/tracer.service"], undefined],
    ["in something named like a root", ["/kubepods/burstable/tracer"], undefined],
  ])("tells the root of a tracer %s", (_, paths, root) => {
    expect(rootOfOwnPod(paths)).toBe(root);
  });
});

describe("pathOfSelf", () => {
  it.each([
    [["c", "b", "a", ""], "/a/b/c"],
    [[""], "/"],
  ])("turns %j into %s", (names, path) => {
    expect(pathOfSelf({ pid: 1, cgroups: names.map((name) => ({ key: 1n, name })) })).toBe(path);
  });
});
