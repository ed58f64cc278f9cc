import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findV1Controller, parseCgroupMounts } from "../../../../tracer-service/cgroup/cgroupMounts.ts";
import { hybridMicroVm, hybridSystemd, unifiedContainer, unifiedHost, v1RedHat } from "./fixtureMountinfo.ts";

const root = "27 1 259:2 / / rw,relatime - ext4 /dev/root rw";

function cgroup2(id: number, mountRoot: string, mountPoint: string, parent = 27): string {
  return `${String(id)} ${String(parent)} 0:30 ${mountRoot} ${mountPoint} rw shared:4 master:2 - cgroup2 cgroup2 rw`;
}

function cgroup(id: number, device: string, mountPoint: string, options: string, parent = 27): string {
  return `${String(id)} ${String(parent)} ${device} / ${mountPoint} rw - cgroup cgroup rw,${options}`;
}

describe("parseCgroupMounts", () => {
  it.each([
    ["v2 alone", unifiedHost, "v2", "/sys/fs/cgroup", undefined, undefined],
    ["a container", unifiedContainer, "v2", "/sys/fs/cgroup", undefined, undefined],
    [
      "one mount a controller",
      hybridMicroVm,
      "hybrid",
      "/sys/fs/cgroup/unified",
      "pids",
      "/sys/fs/cgroup/pids",
    ],
    ["systemd's hybrid", hybridSystemd, "hybrid", "/sys/fs/cgroup/unified", "pids", "/sys/fs/cgroup/pids"],
    ["v1 alone", v1RedHat, "v1", undefined, "memory", "/sys/fs/cgroup/memory"],
    ["an empty file", "", "none", undefined, undefined, undefined],
    ["a host without cgroups", root, "none", undefined, undefined, undefined],
  ])("tells the mode of %s", (_, mountinfo, mode, unified, controller, v1MountPoint) => {
    const mounts = parseCgroupMounts(mountinfo);
    const v1 = findV1Controller(mounts);
    expect([mounts.mode, mounts.unified, v1?.controller, v1?.mount.mountPoint]).toEqual([
      mode,
      unified,
      controller,
      v1MountPoint,
    ]);
  });

  it("names the controllers of each v1 hierarchy and leaves out its other options", () => {
    expect(parseCgroupMounts(v1RedHat).v1).toEqual([
      { controllers: ["name=systemd"], mountPoint: "/sys/fs/cgroup/systemd", root: "/" },
      { controllers: ["cpu", "cpuacct"], mountPoint: "/sys/fs/cgroup/cpu,cpuacct", root: "/" },
      { controllers: ["memory"], mountPoint: "/sys/fs/cgroup/memory", root: "/" },
    ]);
  });

  it("stays with v2 when the only v1 hierarchies beside it hold no containers", () => {
    const mountinfo = [
      root,
      cgroup2(30, "/", "/sys/fs/cgroup"),
      cgroup(31, "0:31", "/run/net_cls", "net_cls"),
      cgroup(32, "0:32", "/run/systemd-v1", "xattr,name=systemd"),
    ].join("\n");
    expect(parseCgroupMounts(mountinfo)).toMatchObject({ mode: "v2", unified: "/sys/fs/cgroup" });
  });

  it.each<[string, [string, string], [string, string], string]>([
    [
      "the whole hierarchy over a part of it",
      ["/kubepods", "/cg"],
      ["/", "/host/sys/fs/cgroup"],
      "/host/sys/fs/cgroup",
    ],
    [
      "the shorter path of two whole ones",
      ["/", "/host/sys/fs/cgroup"],
      ["/", "/sys/fs/cgroup"],
      "/sys/fs/cgroup",
    ],
    ["the shorter path of two parts", ["/a", "/host/cgroup"], ["/b", "/cg"], "/cg"],
    ["the first of two equals", ["/", "/mnt/a"], ["/", "/mnt/b"], "/mnt/a"],
  ])("prefers %s", (_, first, second, expected) => {
    const mountinfo = [root, cgroup2(30, ...first), cgroup2(31, ...second)].join("\n");
    expect(parseCgroupMounts(mountinfo).unified).toBe(expected);
  });

  it("tells which part a bind mount or another cgroup namespace shows", () => {
    expect(parseCgroupMounts([root, cgroup2(30, "/../../..", "/host")].join("\n"))).toEqual({
      mode: "v2",
      unified: "/host",
      unifiedRoot: "/../../..",
      v1: [],
    });
  });

  it("decodes white space and backslashes in paths", () => {
    const mountinfo = [root, cgroup2(30, "/a\\134x2d", "/my\\040cgroups\\011\\012\\134040\\043")].join("\n");
    expect(parseCgroupMounts(mountinfo)).toMatchObject({
      unified: "/my cgroups\t\n\\040#",
      unifiedRoot: "/a\\x2d",
    });
  });

  it("leaves out v1 hierarchies that v2 was mounted over", () => {
    expect(parseCgroupMounts(`${hybridMicroVm}90 31 0:38 / /sys/fs/cgroup rw - cgroup2 none rw\n`)).toEqual({
      mode: "v2",
      unified: "/sys/fs/cgroup",
      unifiedRoot: "/",
      v1: [],
    });
  });

  it("takes what is mounted on top of v2 rather than v2 below it", () => {
    const mountinfo = [root, cgroup2(30, "/", "/cg"), "31 30 0:40 / /cg rw - tmpfs tmpfs rw"].join("\n");
    expect(parseCgroupMounts(mountinfo).mode).toBe("none");
  });

  it("finds mounts after chroot into a directory that is no mount", () => {
    expect(parseCgroupMounts(cgroup2(30, "/", "/sys/fs/cgroup")).unified).toBe("/sys/fs/cgroup");
  });

  it("finds mounts on a root file system that is mounted over the initial one", () => {
    const mountinfo = ["1 1 0:2 / / rw - rootfs rootfs rw", root, cgroup2(30, "/", "/cg")].join("\n");
    expect(parseCgroupMounts(mountinfo).unified).toBe("/cg");
  });

  it.each([
    ["cut in the middle", "30 27 0:30 / /cg rw - cgroup2"],
    ["without the dash", "30 27 0:30 / /cg rw cgroup2 cgroup2 rw"],
    ["of nothing but a dash", "-"],
  ])("passes over a line %s", (_, line) => {
    expect(parseCgroupMounts([root, line, cgroup2(31, "/", "/whole")].join("\n")).unified).toBe("/whole");
  });

  it("ends on any text, mounts that are each other's parents included", () => {
    const path = fc.constantFrom("/", "/a", "/a/b");
    const id = fc.integer({ min: 1, max: 4 });
    const line = fc
      .tuple(id, id, path, fc.constantFrom("cgroup rw,pids", "cgroup2 rw", "tmpfs rw"))
      .map(([own, parent, point, rest]) => {
        const [fileSystem, options] = rest.split(" ");
        return `${String(own)} ${String(parent)} 0:${String(own)} / ${point} rw - ${String(fileSystem)} x ${String(options)}`;
      });
    const mountinfo = fc.array(fc.oneof(line, fc.string())).map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(mountinfo, (text) => {
        const { mode, unified, v1 } = parseCgroupMounts(text);
        expect(mode === "v2" || mode === "hybrid").toBe(unified !== undefined);
        expect(mode === "none").toBe(unified === undefined && v1.length === 0);
      }),
    );
  });
});
