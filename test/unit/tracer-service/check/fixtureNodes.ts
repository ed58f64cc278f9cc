import { gzipSync } from "node:zlib";
import {
  hybridMicroVm,
  hybridSystemd,
  unifiedContainer,
  unifiedHost,
  v1RedHat,
} from "../cgroup/fixtureMountinfo.ts";
import type { FixtureNode } from "./fixtureFacts.ts";

/** The first bytes of every kernel's BTF. */
const btfHead = Buffer.from("9feb010018000000", "hex");

/** Namespaces that a process of the host is in. */
export const hostNamespaces = {
  "/proc/self/ns/user": "user:[4026531837]",
  "/proc/self/ns/pid": "pid:[4026531836]",
  "/proc/self/ns/cgroup": "cgroup:[4026531835]",
};

/** /proc/self/uid_map in the host's user namespace. */
const hostUidMap = "         0          0 4294967295\n";

/** The part of a kernel's configuration that is looked at. */
export function kernelConfig(overrides: Readonly<Record<string, "y" | "m" | "n">> = {}): string {
  const options = {
    BPF_SYSCALL: "y",
    BPF_EVENTS: "y",
    CGROUPS: "y",
    AUDIT: "y",
    DEBUG_INFO_BTF: "y",
    ...overrides,
  };
  const lines = Object.entries(options).map(([option, value]) =>
    value === "n" ? `# CONFIG_${option} is not set` : `CONFIG_${option}=${value}`,
  );
  return ["#", "# Automatically generated file; DO NOT EDIT.", "#", ...lines, ""].join("\n");
}

/** /proc/self/status of a process with these capabilities in effect. */
export function status(capEff: string, seccomp = 0): string {
  return `Name:\tnode\nCapPrm:\t${capEff}\nCapEff:\t${capEff}\nNoNewPrivs:\t0\nSeccomp:\t${String(seccomp)}\nSeccomp_filters:\t0\n`;
}

/** /proc/self/limits with a hard limit of locked memory. */
export function limits(lockedMemory: string): string {
  return `Limit                     Soft Limit           Hard Limit           Units     \nMax locked memory         65536                ${lockedMemory.padEnd(20)} bytes     \n`;
}

const allCapabilities = status("000001ffffffffff");

/** A Debian 12 host on which everything holds. */
export const debianHost: FixtureNode = {
  files: {
    "/proc/sys/kernel/osrelease": "6.1.0-21-amd64\n",
    "/proc/self/status": allCapabilities,
    "/proc/self/uid_map": hostUidMap,
    "/proc/self/mountinfo": unifiedHost,
    "/sys/kernel/btf/vmlinux": btfHead,
    "/sys/kernel/security/lockdown": "[none] integrity confidentiality\n",
    "/boot/config-6.1.0-21-amd64": kernelConfig(),
  },
  links: hostNamespaces,
};

/** A small virtual machine of a cloud, as root without CAP_SYS_RESOURCE. */
export const microVm: FixtureNode = {
  files: {
    "/proc/sys/kernel/osrelease": "6.18.44-microvm\n",
    "/proc/config.gz": gzipSync(kernelConfig()),
    "/proc/self/status": status("000001fffeffffff"),
    "/proc/self/limits": limits("8388608"),
    "/proc/self/uid_map": hostUidMap,
    "/proc/self/mountinfo": hybridMicroVm,
    "/sys/kernel/btf/vmlinux": btfHead,
  },
  links: hostNamespaces,
  libbpf: "1.1",
};

/** Ubuntu 20.04 on AWS: too old, without BTF and with libbpf 0.5 only. */
export const ubuntu54: FixtureNode = {
  files: {
    "/proc/sys/kernel/osrelease": "5.4.0-1045-aws\n",
    "/boot/config-5.4.0-1045-aws": kernelConfig({ DEBUG_INFO_BTF: "n" }),
    "/proc/self/status": status("0000003fffffffff"),
    "/proc/self/uid_map": hostUidMap,
    "/proc/self/mountinfo": hybridSystemd,
    "/sys/kernel/security/lockdown": "[none] integrity confidentiality\n",
  },
  links: hostNamespaces,
  libbpf: null,
};

/** Red Hat Enterprise Linux 8.6: 4.18 by name, with newer BPF carried back. */
export const redHat8: FixtureNode = {
  files: {
    "/proc/sys/kernel/osrelease": "4.18.0-372.9.1.el8.x86_64\n",
    "/boot/config-4.18.0-372.9.1.el8.x86_64": kernelConfig(),
    "/proc/self/status": status("000000ffffffffff"),
    "/proc/self/uid_map": hostUidMap,
    "/proc/self/mountinfo": v1RedHat,
    "/sys/kernel/btf/vmlinux": btfHead,
    "/sys/kernel/security/lockdown": "[none] integrity confidentiality\n",
  },
  links: hostNamespaces,
};

/** A privileged DaemonSet pod with hostPID on Container-Optimized OS. */
export const containerOptimizedOs: FixtureNode = {
  files: {
    "/proc/sys/kernel/osrelease": "6.1.75+\n",
    "/proc/config.gz": gzipSync(kernelConfig()),
    "/proc/self/status": allCapabilities,
    "/proc/self/uid_map": hostUidMap,
    "/proc/self/mountinfo": `${unifiedContainer}640 606 0:30 / /sys/fs/bpf rw,nosuid,nodev,noexec,relatime - bpf bpf rw,mode=700\n`,
    "/sys/kernel/btf/vmlinux": btfHead,
    "/sys/kernel/security/lockdown": "none [integrity] confidentiality\n",
  },
  links: hostNamespaces,
};

/** The same host booted with the strictest lockdown. */
export const lockedDown: FixtureNode = {
  ...debianHost,
  files: { ...debianHost.files, "/sys/kernel/security/lockdown": "none integrity [confidentiality]\n" },
};

/** A vendor's 5.15 that was built without BTF. */
export const withoutBtf: FixtureNode = {
  files: {
    "/proc/sys/kernel/osrelease": "5.15.0-vendor\n",
    "/proc/config.gz": gzipSync(kernelConfig({ DEBUG_INFO_BTF: "n" })),
    "/proc/self/status": allCapabilities,
    "/proc/self/uid_map": hostUidMap,
    "/proc/self/mountinfo": unifiedHost,
  },
  links: hostNamespaces,
};

/** A container with what Docker gives by default: no BPF, own namespaces, a seccomp filter. */
export const plainContainer: FixtureNode = {
  files: {
    "/proc/sys/kernel/osrelease": "5.15.0-1057-azure\n",
    "/proc/self/status": status("00000000a80425fb", 2),
    "/proc/self/uid_map": hostUidMap,
    "/proc/self/mountinfo": unifiedContainer,
    "/sys/kernel/btf/vmlinux": btfHead,
  },
  links: {
    ...hostNamespaces,
    "/proc/self/ns/pid": "pid:[4026532643]",
    "/proc/self/ns/cgroup": "cgroup:[4026532645]",
  },
};

/** The same container run by a plain user. */
export const rootlessContainer: FixtureNode = {
  ...plainContainer,
  files: {
    ...plainContainer.files,
    "/proc/self/status": allCapabilities,
    "/proc/self/uid_map": "         0       1000          1\n         1     100000      65536\n",
  },
  links: { ...plainContainer.links, "/proc/self/ns/user": "user:[4026532640]" },
};

/** Windows Subsystem for Linux 2: each distribution has a PID namespace of its own. */
export const wsl2: FixtureNode = {
  files: {
    "/proc/sys/kernel/osrelease": "5.15.153.1-microsoft-standard-WSL2\n",
    "/proc/config.gz": gzipSync(kernelConfig({ AUDIT: "n" })),
    "/proc/self/status": allCapabilities,
    "/proc/self/uid_map": hostUidMap,
    "/proc/self/mountinfo": hybridSystemd,
    "/sys/kernel/btf/vmlinux": btfHead,
  },
  links: { ...hostNamespaces, "/proc/self/ns/pid": "pid:[4026532202]" },
};
