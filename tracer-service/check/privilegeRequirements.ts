import { carriesBackBpf, isAtLeast, parseKernelVersion } from "../kernelVersion.ts";
import { readCapabilities, type Capability } from "./capabilities.ts";
import { readText } from "./nodeFacts.ts";
import { failed, ok, skipped, warning, type Requirement } from "./requirement.ts";

const noStatus = failed("unknown", "mount /proc: /proc/self/status can't be read");

/** The right to load BPF programs that read kernel memory. */
export const bpfCapabilities: Requirement = {
  name: "capabilities",
  async examine(facts) {
    const has = await readCapabilities(facts);
    if (!has) return noStatus;
    if (has("CAP_BPF") && has("CAP_PERFMON")) return ok("CAP_BPF, CAP_PERFMON");
    if (has("CAP_SYS_ADMIN")) return ok("CAP_SYS_ADMIN");
    const some = (["CAP_BPF", "CAP_PERFMON"] as const).filter(has);
    return failed(
      some.length > 0 ? `${some.join()} alone` : "neither CAP_BPF nor CAP_PERFMON nor CAP_SYS_ADMIN",
      "run the tracer as root, or give it CAP_BPF and CAP_PERFMON (before Linux 5.8: CAP_SYS_ADMIN)",
    );
  },
};

/** Before Linux 5.11 maps counted as locked memory, of which few megabytes are allowed by default. */
export const lockedMemory: Requirement = {
  name: "locked memory",
  async examine(facts) {
    const release = (await readText(facts, "/proc/sys/kernel/osrelease"))?.trim() ?? "";
    const version = parseKernelVersion(release);
    if (!version) return skipped("unknown kernel");
    if (isAtLeast(version, 5, 11)) return ok("not limited since Linux 5.11");
    const has = await readCapabilities(facts);
    if (has?.("CAP_SYS_RESOURCE")) return ok("CAP_SYS_RESOURCE raises the limit");
    const limits = await readText(facts, "/proc/self/limits");
    const hard = /^Max locked memory\s+\S+\s+(\S+)/m.exec(limits ?? "")?.[1];
    if (hard === "unlimited") return ok("unlimited");
    const found = `limited to ${hard ?? "an unknown number of"} bytes`;
    const advice = "give the tracer CAP_SYS_RESOURCE, or set its RLIMIT_MEMLOCK to unlimited";
    return carriesBackBpf(release) ? warning(found, advice) : failed(found, advice);
  },
};

const seccompModes: Readonly<Record<string, string>> = {
  "0": "none",
  "1": "strict",
  "2": "a filter is active; the self-test shows whether it allows bpf()",
};

/** System call filters of a container's runtime; which calls they allow can only be tried. */
export const seccomp: Requirement = {
  name: "seccomp",
  async examine(facts) {
    const status = await readText(facts, "/proc/self/status");
    const mode = /^Seccomp:\s*(\d+)$/m.exec(status ?? "")?.[1];
    return mode === undefined ? skipped("not visible") : ok(seccompModes[mode] ?? `mode ${mode}`);
  },
};

/** What it takes to read the processes that run already when the tracer starts. */
export const runningProcesses: Requirement = {
  name: "running processes",
  async examine(facts) {
    const has = await readCapabilities(facts);
    if (!has) return noStatus;
    const wanted: readonly Capability[] = ["CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"];
    const missing = wanted.filter((capability) => !has(capability));
    if (missing.length === 0) return ok("readable");
    return warning(
      `without ${missing.join(", ")}`,
      `give the tracer ${missing.join(" and ")}: else the program and folder of processes that run already stay unknown`,
    );
  },
};
