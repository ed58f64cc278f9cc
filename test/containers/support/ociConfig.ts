/** A directory or file of the host that a container sees. */
export interface Bind {
  readonly source: string;
  readonly destination: string;
}

/** What of a container matters to these tests; all else is fixed. */
export interface ContainerOptions {
  readonly args: readonly string[];
  /** Path of its cgroup below that of whoever starts it. */
  readonly cgroup: string;
  /** Ids inside are these, and on the host 100,000 more: the container has a user namespace of its own. */
  readonly mappedUser?: { readonly uid: number; readonly gid: number };
  /** Without it, the PID namespace is that of whoever starts it. */
  readonly ownPidNamespace?: boolean;
  /** A network namespace: a new one, or the one at a path. Without it, that of whoever starts it. */
  readonly network?: { readonly path?: string };
  /** Root's capabilities, `/sys`, and its own part of the cgroups, writable. */
  readonly privileged?: boolean;
  readonly binds?: readonly Bind[];
}

const ID_OFFSET = 100_000;
const ID_COUNT = 65_536;

/** What runc and the tracer need inside; all there are would be more than some machines give their root. */
const PRIVILEGES =
  "BPF CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL MKNOD NET_ADMIN NET_BIND_SERVICE PERFMON SETFCAP SETGID " +
  "SETPCAP SETUID SYS_ADMIN SYS_CHROOT SYS_PTRACE";
const privileges = PRIVILEGES.split(" ").map((name) => `CAP_${name}`);

/**
 * The `config.json` of a bundle whose root file system lies beside it in `rootfs`. Resources and limits are left
 * out: setting them needs controllers that this machine's cgroup v2 hierarchy may not have.
 */
export function ociConfig(options: ContainerOptions): object {
  const {
    args,
    cgroup,
    mappedUser,
    ownPidNamespace = true,
    network,
    privileged = false,
    binds = [],
  } = options;
  const capabilities = privileged ? privileges : ["CAP_KILL", "CAP_NET_BIND_SERVICE"];
  const mapping = [{ containerID: 0, hostID: ID_OFFSET, size: ID_COUNT }];
  return {
    ociVersion: "1.0.2",
    process: {
      terminal: false,
      user: mappedUser ?? { uid: 0, gid: 0 },
      args,
      env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/"],
      cwd: "/",
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
    },
    root: { path: "rootfs", readonly: false },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755", "size=64k"] },
      { destination: "/run", type: "tmpfs", source: "tmpfs", options: ["mode=755", "size=1024k"] },
      ...(privileged
        ? [
            { destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro"] },
            { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["rw"] },
          ]
        : []),
      ...binds.map(({ source, destination }) => ({
        destination,
        type: "bind",
        source,
        options: ["rbind", "ro"],
      })),
    ],
    linux: {
      cgroupsPath: cgroup,
      namespaces: [
        { type: "mount" },
        { type: "ipc" },
        { type: "uts" },
        { type: "cgroup" },
        ...(ownPidNamespace ? [{ type: "pid" }] : []),
        ...(mappedUser === undefined ? [] : [{ type: "user" }]),
        ...(network === undefined ? [] : [{ type: "network", ...network }]),
      ],
      ...(mappedUser === undefined ? {} : { uidMappings: mapping, gidMappings: mapping }),
    },
  };
}
