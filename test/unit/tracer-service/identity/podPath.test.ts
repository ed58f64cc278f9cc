import { describe, expect, it } from "vitest";

import { parsePodPath } from "../../../../tracer-service/identity/podPath.ts";

const UID = "0b5a2a0e-2d0e-4a51-9f0a-2d0e4a519f0a";
const OTHER = "11111111-2222-4333-8444-555555555555";
const UNDERSCORED = UID.replaceAll("-", "_");
const STATIC = "8f1b2c3d4e5f60718293a4b5c6d7e8f9";
const ID = "3f1c0d5e".repeat(8);

describe("parsePodPath", () => {
  it.each([
    ["cgroupfs, guaranteed", "/kubepods", `/pod${UID}`, `/${ID}`, UID],
    ["cgroupfs, burstable", "/kubepods", `/burstable/pod${UID}`, `/${ID}`, UID],
    ["cgroupfs, best effort", "/kubepods", `/besteffort/pod${UID}`, `/${ID}`, UID],
    ["cgroupfs, a static pod", "/kubepods", `/burstable/pod${STATIC}`, `/${ID}`, STATIC],
    ["cgroupfs, CRI-O", "/kubepods", `/besteffort/pod${UID}`, `/crio-${ID}`, UID],
    [
      "systemd, guaranteed, containerd",
      "/kubepods.slice",
      `/kubepods-pod${UNDERSCORED}.slice`,
      `/cri-containerd-${ID}.scope`,
      UID,
    ],
    [
      "systemd, burstable, containerd",
      "/kubepods.slice",
      `/kubepods-burstable.slice/kubepods-burstable-pod${UNDERSCORED}.slice`,
      `/cri-containerd-${ID}.scope`,
      UID,
    ],
    [
      "systemd, best effort, CRI-O",
      "/kubepods.slice",
      `/kubepods-besteffort.slice/kubepods-besteffort-pod${UNDERSCORED}.slice`,
      `/crio-${ID}.scope`,
      UID,
    ],
    [
      "systemd, cri-dockerd",
      "/kubepods.slice",
      `/kubepods-burstable.slice/kubepods-burstable-pod${UNDERSCORED}.slice`,
      `/docker-${ID}.scope`,
      UID,
    ],
    [
      "systemd, a static pod",
      "/kubepods.slice",
      `/kubepods-burstable.slice/kubepods-burstable-pod${STATIC}.slice`,
      `/cri-containerd-${ID}.scope`,
      STATIC,
    ],
    ["kind, cgroupfs", `/docker/${ID}/kubelet/kubepods`, `/burstable/pod${UID}`, `/${ID}`, UID],
    [
      "kind, systemd",
      `/system.slice/docker-${ID}.scope/kubelet.slice/kubelet-kubepods.slice`,
      `/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod${UNDERSCORED}.slice`,
      `/cri-containerd-${ID}.scope`,
      UID,
    ],
  ])("reads %s", (_, root, pod, container, podUid) => {
    const at = { podUid, pod: root + pod };
    expect(parsePodPath(root, root + pod)).toEqual({ ...at, containerId: undefined });
    expect(parsePodPath(root, root + pod + container)).toEqual({ ...at, containerId: ID });
    expect(parsePodPath(root, `${root}${pod}${container}/docker/${"a".repeat(64)}`)).toEqual({
      ...at,
      containerId: ID,
    });
  });

  it.each([
    ["named like another pod", `/pod${OTHER}`],
    ["named like another pod of a class", `/burstable/pod${OTHER}`],
    ["with another root", `/kubepods/pod${OTHER}/${"b".repeat(64)}`],
  ])("takes the outermost pod where a workspace made a directory %s", (_, made) => {
    const path = `/kubepods/burstable/pod${UID}/${ID}${made}`;
    expect(parsePodPath("/kubepods", path)).toEqual({
      podUid: UID,
      pod: `/kubepods/burstable/pod${UID}`,
      containerId: ID,
    });
  });

  it.each([
    ["CRI-O's monitor", `crio-conmon-${ID}.scope`],
    ["a short id", "3f1c0d5e"],
    ["a name with more behind the id", `cri-containerd-${ID}.scope.x`],
    ["an unknown runtime", `evil-${ID}.scope`],
    ["an id in capitals", ID.toUpperCase()],
  ])("finds the pod and no container in %s", (_, name) => {
    expect(parsePodPath("/kubepods", `/kubepods/pod${UID}/${name}`)).toMatchObject({
      podUid: UID,
      containerId: undefined,
    });
  });

  it.each([
    ["the root", "/kubepods", "/kubepods"],
    ["a class", "/kubepods", "/kubepods/burstable"],
    ["a path beside the root", "/kubepods", `/kubepods2/pod${UID}`],
    ["a path outside the root", "/kubepods", `/user.slice/pod${UID}`],
    ["a pod in an unknown class", "/kubepods", `/kubepods/guaranteed/pod${UID}`],
    ["a class in a class", "/kubepods", `/kubepods/burstable/besteffort/pod${UID}`],
    ["half a uid", "/kubepods", `/kubepods/pod${UID.slice(0, -1)}`],
    ["a uid with more behind it", "/kubepods", `/kubepods/pod${UID}x`],
    ["a uid with mixed separators", "/kubepods", `/kubepods/pod${UNDERSCORED}`],
    ["a slice with dashes", "/kubepods.slice", `/kubepods.slice/kubepods-pod${UID}.slice`],
    ["a slice of another root", "/kubepods.slice", `/kubepods.slice/other-pod${UNDERSCORED}.slice`],
    [
      "a slice that repeats only part of what is above",
      "/kubepods.slice",
      `/kubepods.slice/kubepods-burstable.slice/kubepods-pod${UNDERSCORED}.slice`,
    ],
    ["a path with a line end", "/kubepods", `/kubepods/pod${UID}\n`],
  ])("finds no pod in %s", (_, root, path) => {
    expect(parsePodPath(root, path)).toBeUndefined();
  });
});
