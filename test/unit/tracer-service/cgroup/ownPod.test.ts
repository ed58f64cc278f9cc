import { describe, expect, it } from "vitest";

import { findOwnPod } from "../../../../tracer-service/cgroup/ownPod.ts";
import type { SelfLocation } from "../../../../tracer-service/kernel/sharedMemory.ts";

const UID = "12345678-9abc-def0-1234-56789abcdef0";
const UID_UNDERSCORES = UID.replaceAll("-", "_");
const UID_BARE = UID.replaceAll("-", "");

/** A location with keys 1 (the root), 2, 3, … on the way to `path`. */
function at(path: string): SelfLocation {
  const names = ["", ...path.split("/").slice(1)];
  return { pid: 77, cgroups: names.map((name, i) => ({ key: BigInt(i + 1), name })).reverse() };
}

describe("findOwnPod", () => {
  it.each([
    ["cgroupfs, guaranteed", `/kubepods/pod${UID}/c0ffee`, 3],
    ["cgroupfs, burstable", `/kubepods/burstable/pod${UID}/c0ffee`, 4],
    [
      "systemd, guaranteed",
      `/kubepods.slice/kubepods-pod${UID_UNDERSCORES}.slice/cri-containerd-c0ffee.scope`,
      3,
    ],
    [
      "systemd, burstable",
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID_UNDERSCORES}.slice/crio-c0ffee.scope`,
      4,
    ],
    [
      "systemd, besteffort",
      `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${UID_UNDERSCORES}.slice/cri-containerd-c0ffee.scope`,
      4,
    ],
    ["a static pod", `/kubepods/burstable/pod${UID_BARE}/c0ffee`, 4],
    ["below another hierarchy's root", `/docker/0123abcd/kubelet/kubepods/pod${UID}/c0ffee`, 6],
    ["deeper than the container", `/kubepods/pod${UID}/c0ffee/init.scope/x`, 3],
  ])("finds pod and container: %s", (_name, path, podKey) => {
    const found = findOwnPod(at(path));
    expect(found).toMatchObject({ podKey: BigInt(podKey), containerKey: BigInt(podKey + 1) });
    const components = path.split("/");
    expect(found.paths).toEqual(
      Array.from({ length: podKey + 1 }, (_, i) => ({
        key: BigInt(i + 1),
        path: i === 0 ? "/" : components.slice(0, i + 1).join("/"),
      })),
    );
  });

  it("takes the outermost match, whatever is named like a pod below it", () => {
    const other = "ffffffff-ffff-ffff-ffff-ffffffffffff";
    expect(findOwnPod(at(`/kubepods/pod${UID}/c0ffee/kubepods/pod${other}/x`)).podKey).toBe(3n);
  });

  it.each([
    ["the root", "/"],
    ["a service", "/system.slice/tracer.service"],
    ["a pod's cgroup without a container", `/kubepods/pod${UID}`],
    ["a name that is no uid", "/kubepods/podcast/c0ffee"],
    ["a uid that is too long", `/kubepods/pod${UID}0/c0ffee`],
    ["another slice", `/kubepods-other-pod${UID_UNDERSCORES}.slice/c0ffee`],
  ])("says what to do when it is in no pod: %s", (_name, path) => {
    const location = path === "/" ? { pid: 77, cgroups: [{ key: 1n, name: "" }] } : at(path);
    expect(() => findOwnPod(location)).toThrow(
      `this process is not in a container of a Kubernetes pod (its cgroup is ${JSON.stringify(path)}): name what to trace with --cgroup or --pid-namespace`,
    );
  });
});
