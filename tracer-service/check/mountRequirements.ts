import { findV1Controller, parseCgroupMounts, type CgroupMounts } from "../cgroup/cgroupMounts.ts";
import { parseMountinfo } from "../cgroup/mountinfo.ts";
import { readText } from "./nodeFacts.ts";
import { failed, ok, warning, type Finding, type Requirement } from "./requirement.ts";

const noMountinfo = failed("unknown", "mount /proc: /proc/self/mountinfo can't be read");

/** The kernel gives its first cgroup namespace a fixed inode number (`proc_ns.h`). */
const hostCgroupNamespace = "cgroup:[4026531835]";

/** The hierarchies by which processes are told to be a workspace's. */
export const cgroups: Requirement = {
  name: "cgroups",
  async examine(facts) {
    const [mountinfo, namespace] = await Promise.all([
      readText(facts, "/proc/self/mountinfo"),
      facts.readLink("/proc/self/ns/cgroup"),
    ]);
    if (mountinfo === undefined) return noMountinfo;
    const finding = describeMounts(parseCgroupMounts(mountinfo));
    if (finding.status !== "ok" || namespace === undefined || namespace === hostCgroupNamespace)
      return finding;
    return warning(
      `${finding.found}, in a cgroup namespace of the tracer's own`,
      "select workspaces by --own-pod or --pid-namespace; --identity local and --cgroup need the host's cgroup namespace",
    );
  },
};

function describeMounts(mounts: CgroupMounts): Finding {
  const usable = findV1Controller(mounts);
  const v1 = usable
    ? `v1 by ${usable.controller} at ${usable.mount.mountPoint}`
    : "v1 without a usable controller";
  switch (mounts.mode) {
    case "none":
      return failed("not mounted", "mount cgroups: mount -t cgroup2 cgroup2 /sys/fs/cgroup");
    case "v1":
      if (!usable) return failed(v1, "mount the v1 hierarchy of pids, memory, cpu or devices, or cgroup v2");
      return whole(v1, [usable.mount.root]);
    case "v2":
      return whole(`v2 at ${String(mounts.unified)}`, [mounts.unifiedRoot]);
    case "hybrid":
      return whole(`hybrid: v2 at ${String(mounts.unified)}, ${v1}`, [
        mounts.unifiedRoot,
        usable?.mount.root,
      ]);
  }
}

function whole(found: string, roots: readonly (string | undefined)[]): Finding {
  const part = roots.find((root) => root !== undefined && root !== "/");
  if (part === undefined) return ok(found);
  return warning(
    `${found}, which shows only ${part}`,
    "mount the whole hierarchy, as the host has it, into the tracer's container",
  );
}

/** Where the programs and what they collect stay while the service restarts. */
export const bpffs: Requirement = {
  name: "bpffs",
  async examine(facts) {
    const mountinfo = await readText(facts, "/proc/self/mountinfo");
    if (mountinfo === undefined) return noMountinfo;
    const mounts = parseMountinfo(mountinfo, ["bpf"]).filter((mount) => mount.mountPoint === "/sys/fs/bpf");
    const why =
      "else --pin-dir keeps nothing there, and what runs while the service is stopped is not logged";
    const [mount] = mounts;
    if (!mount) {
      return warning(
        "not mounted at /sys/fs/bpf",
        `mount -t bpf bpf /sys/fs/bpf, or mount the node's into the tracer's container; ${why}`,
      );
    }
    if (mount.readOnly) return warning("read-only at /sys/fs/bpf", `mount it writable; ${why}`);
    return ok("/sys/fs/bpf");
  },
};
