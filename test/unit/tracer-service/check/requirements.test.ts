import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { runRequirements } from "../../../../tracer-service/check/runRequirements.ts";
import { unifiedHost, v1RedHat } from "../cgroup/fixtureMountinfo.ts";
import { fixtureFacts, type FixtureNode } from "./fixtureFacts.ts";
import { debianHost, hostNamespaces, kernelConfig, limits, status } from "./fixtureNodes.ts";

type Change = Partial<Omit<FixtureNode, "files">> & { readonly files?: FixtureNode["files"] };

async function row(name: string, change: Change) {
  const node = { ...debianHost, ...change, files: { ...debianHost.files, ...change.files } };
  const results = await runRequirements(fixtureFacts(node), () => Promise.resolve({ ok: true, detail: "" }));
  return results.find((result) => result.name === name);
}

const release = (text: string) => ({ "/proc/sys/kernel/osrelease": `${text}\n` });
const missing = { error: "ENOENT" };
const withoutResource = { "/proc/self/status": status("000001fffeffffff") };
const btfPath = "/sys/kernel/btf/vmlinux";

describe("each requirement, on a Debian host that differs in one thing", () => {
  it.each<[requirement: string, when: string, change: Change, status: string, found: string, advice: string]>(
    [
      ["kernel", "it is 5.8", { files: release("5.8.0-63-generic") }, "ok", "5.8.0-63-generic", ""],
      ["kernel", "it is 5.7", { files: release("5.7.19") }, "failed", "5.7.19", "Linux 5.8 or newer"],
      [
        "kernel",
        "its name is free text",
        { files: release("custom") },
        "warning",
        "custom",
        "self-test decides",
      ],
      ["kernel", "it is Oracle's", { files: release("5.4.17-2136.el8uek") }, "failed", "el8uek", "Linux 5.8"],

      ["architecture", "it is arm64", { architecture: "arm64" }, "ok", "arm64, little-endian", ""],
      [
        "architecture",
        "it is s390x",
        { architecture: "s390x", endianness: "BE" },
        "failed",
        "big-endian",
        "x86",
      ],
      [
        "architecture",
        "arm64 is big-endian",
        { architecture: "arm64", endianness: "BE" },
        "failed",
        "arm64, big",
        "arm64",
      ],
      ["architecture", "Node.js is 32-bit", { architecture: "ia32" }, "failed", "ia32", "64-bit Node.js"],

      ["BTF", "it can't be read", { files: { [btfPath]: { error: "EACCES" } } }, "failed", "EACCES", "root"],
      ["BTF", "another file is there", { files: { [btfPath]: "PK" } }, "failed", "holds no BTF", "/sys"],
      ["BTF", "the file is empty", { files: { [btfPath]: "" } }, "failed", "holds no BTF", "/sys"],
      [
        "BTF",
        "the kernel has it and /sys is hidden",
        { files: { [btfPath]: missing } },
        "failed",
        "CONFIG_DEBUG_INFO_BTF is on",
        "mount the node's /sys",
      ],
      [
        "BTF",
        "nothing tells how the kernel was built",
        { files: { [btfPath]: missing, "/boot/config-6.1.0-21-amd64": missing } },
        "failed",
        "is missing",
        "CONFIG_DEBUG_INFO_BTF=y, as current distributions' are; if this one is, mount",
      ],
      [
        "BTF",
        "only the configuration is missing",
        { files: { "/boot/config-6.1.0-21-amd64": missing } },
        "ok",
        btfPath,
        "",
      ],

      [
        "kernel options",
        "BPF is off",
        { files: { "/proc/config.gz": gzipSync(kernelConfig({ BPF_SYSCALL: "n", BPF_EVENTS: "n" })) } },
        "failed",
        "CONFIG_BPF_SYSCALL, CONFIG_BPF_EVENTS off, says /proc/config.gz",
        "CONFIG_BPF_SYSCALL=y",
      ],
      [
        "kernel options",
        "config.gz is damaged",
        { files: { "/proc/config.gz": "no gzip" } },
        "ok",
        "/boot/config-6.1.0",
        "",
      ],
      [
        "kernel options",
        "config.gz unpacks to more than any kernel's",
        { files: { "/proc/config.gz": gzipSync(Buffer.alloc(8 * 1024 * 1024)) } },
        "ok",
        "/boot/config-6.1.0",
        "",
      ],

      [
        "lockdown",
        "the file is missing",
        { files: { "/sys/kernel/security/lockdown": missing } },
        "ok",
        "not enabled",
        "",
      ],
      [
        "lockdown",
        "no mode is marked",
        { files: { "/sys/kernel/security/lockdown": "none\n" } },
        "skipped",
        "unknown",
        "",
      ],

      [
        "user namespace",
        "another maps all users",
        { links: { ...hostNamespaces, "/proc/self/ns/user": "user:[4026532900]" } },
        "failed",
        "user:[4026532900], not the host's",
        "host's user namespace",
      ],
      ["user namespace", "links can't be read", { links: {} }, "ok", "the host's", ""],
      [
        "user namespace",
        "links can't be read and users are mapped",
        { links: {}, files: { "/proc/self/uid_map": "0 100000 65536\n" } },
        "failed",
        "another, not the host's",
        "host's user namespace",
      ],

      [
        "capabilities",
        "the tracer has the two",
        { files: { "/proc/self/status": status("000000c000000000") } },
        "ok",
        "CAP_BPF",
        "",
      ],
      [
        "capabilities",
        "the tracer has CAP_SYS_ADMIN",
        { files: { "/proc/self/status": status("0000000000200000") } },
        "ok",
        "CAP_SYS_ADMIN",
        "",
      ],
      [
        "capabilities",
        "one is missing",
        { files: { "/proc/self/status": status("0000008000000000") } },
        "failed",
        "CAP_BPF alone",
        "CAP_PERFMON",
      ],
      [
        "capabilities",
        "there are none",
        { files: { "/proc/self/status": status("0000000000000000") } },
        "failed",
        "neither",
        "root",
      ],

      [
        "locked memory",
        "5.10 may raise it",
        { files: release("5.10.0-29-amd64") },
        "ok",
        "CAP_SYS_RESOURCE",
        "",
      ],
      [
        "locked memory",
        "5.10 limits it",
        {
          files: { ...release("5.10.0-29-amd64"), ...withoutResource, "/proc/self/limits": limits("65536") },
        },
        "failed",
        "limited to 65536 bytes",
        "RLIMIT_MEMLOCK",
      ],
      [
        "locked memory",
        "5.10 does not limit it",
        {
          files: {
            ...release("5.10.0-29-amd64"),
            ...withoutResource,
            "/proc/self/limits": limits("unlimited"),
          },
        },
        "ok",
        "unlimited",
        "",
      ],
      [
        "locked memory",
        "5.10 does not show the limit",
        { files: { ...release("5.10.0-29-amd64"), ...withoutResource } },
        "failed",
        "an unknown number",
        "CAP_SYS_RESOURCE",
      ],
      [
        "locked memory",
        "Red Hat's 4.18 limits it",
        { files: { ...release("4.18.0-553.el8"), ...withoutResource, "/proc/self/limits": limits("65536") } },
        "warning",
        "limited to 65536 bytes",
        "CAP_SYS_RESOURCE",
      ],
      [
        "locked memory",
        "5.11 limits it",
        { files: { ...release("5.11.0"), ...withoutResource } },
        "ok",
        "not limited",
        "",
      ],

      [
        "seccomp",
        "a filter is active",
        { files: { "/proc/self/status": status("000001ffffffffff", 2) } },
        "ok",
        "self-test shows",
        "",
      ],
      ["seccomp", "there is none", {}, "ok", "none", ""],

      [
        "running processes",
        "one capability is missing",
        { files: { "/proc/self/status": status("000001fffff7ffff") } },
        "warning",
        "without CAP_SYS_PTRACE",
        "stay unknown",
      ],

      [
        "cgroups",
        "v1 has no usable controller",
        {
          files: {
            "/proc/self/mountinfo": v1RedHat
              .split("\n")
              .filter((line) => !/memory|cpu/.test(line))
              .join("\n"),
          },
        },
        "failed",
        "v1 without a usable controller",
        "mount",
      ],
      [
        "cgroups",
        "v1 is used",
        { files: { "/proc/self/mountinfo": v1RedHat } },
        "ok",
        "v1 by memory at /sys/fs/cgroup/memory",
        "",
      ],
      [
        "cgroups",
        "only a part is mounted",
        { files: { "/proc/self/mountinfo": unifiedHost.replace("0:28 / ", "0:28 /kubepods ") } },
        "warning",
        "v2 at /sys/fs/cgroup, which shows only /kubepods",
        "whole hierarchy",
      ],
      [
        "cgroups",
        "nothing is mounted",
        { files: { "/proc/self/mountinfo": "" } },
        "failed",
        "not mounted",
        "mount -t cgroup2",
      ],

      [
        "bpffs",
        "it is read-only",
        { files: { "/proc/self/mountinfo": unifiedHost.replace("/sys/fs/bpf rw", "/sys/fs/bpf ro") } },
        "warning",
        "read-only",
        "writable",
      ],
      [
        "bpffs",
        "it is elsewhere",
        { files: { "/proc/self/mountinfo": unifiedHost.replace("/sys/fs/bpf", "/run/bpf") } },
        "warning",
        "not mounted at /sys/fs/bpf",
        "mount -t bpf",
      ],

      ["libbpf", "it is there", { libbpf: "1.1" }, "ok", "libbpf.so.1 1.1", ""],
      ["libbpf", "it is missing", { libbpf: null }, "failed", "can't be loaded", "apt-get install libbpf1"],

      ["Node.js", "it is newer", { nodeVersion: "26.0.0" }, "ok", "26.0.0", ""],
      ["Node.js", "it is 22.15", { nodeVersion: "22.15.0" }, "warning", "22.15.0", "Node.js 24"],
      ["Node.js", "it is 22.14", { nodeVersion: "22.14.1" }, "failed", "22.14.1", "22.15"],
      ["Node.js", "it is 20", { nodeVersion: "20.19.5" }, "failed", "20.19.5", "Node.js 24"],
    ],
  )("%s: %s", async (requirement, _, change, expected, found, advice) => {
    const result = await row(requirement, change);
    expect(result?.status).toBe(expected);
    expect(result?.found).toContain(found);
    expect(result?.advice ?? "").toContain(advice);
  });
});
