import { carriesBackBpf, isAtLeast, parseKernelVersion } from "../kernelVersion.ts";
import { readText } from "./nodeFacts.ts";
import { failed, ok, skipped, warning, type Requirement } from "./requirement.ts";

/** Linux 5.8 or newer: the first with BPF ring buffers. */
export const kernelRelease: Requirement = {
  name: "kernel",
  async examine(facts) {
    const release = (await readText(facts, "/proc/sys/kernel/osrelease"))?.trim();
    if (release === undefined)
      return failed("unknown", "mount /proc: /proc/sys/kernel/osrelease can't be read");
    const version = parseKernelVersion(release);
    if (!version) {
      return warning(
        release,
        "this release names no version; Linux 5.8 is needed, and the self-test decides",
      );
    }
    if (isAtLeast(version, 5, 8)) return ok(release);
    if (carriesBackBpf(release)) {
      return warning(
        release,
        "older than 5.8 by its number, but Red Hat carries newer BPF back into it: the self-test decides",
      );
    }
    return failed(
      release,
      "use Linux 5.8 or newer, such as that of Debian 11, Ubuntu 22.04, RHEL 9 or later",
    );
  },
};

/** The two architectures that the BPF programs are compiled for. */
export const architecture: Requirement = {
  name: "architecture",
  examine({ architecture: name, endianness }) {
    const found = `${name}, ${endianness === "LE" ? "little" : "big"}-endian`;
    if (endianness === "LE" && (name === "x64" || name === "arm64")) return ok(found);
    return failed(found, "use a 64-bit x86 or arm64 machine, with a 64-bit Node.js");
  },
};

/** In its strictest mode the kernel lets no BPF program, even root's, read kernel memory. */
export const lockdown: Requirement = {
  name: "lockdown",
  async examine(facts) {
    const modes = await readText(facts, "/sys/kernel/security/lockdown");
    if (modes === undefined) return ok("not enabled");
    const mode = /\[(\w+)\]/.exec(modes)?.[1];
    if (mode === undefined) return skipped("unknown: /sys/kernel/security/lockdown marks no mode");
    if (mode !== "confidentiality") return ok(mode);
    return failed(
      mode,
      "boot with lockdown=integrity: in this mode the kernel forbids BPF programs to read its memory",
    );
  },
};
