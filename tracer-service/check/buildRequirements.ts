import { readKernelConfig } from "./kernelConfig.ts";
import { failed, ok, skipped, warning, type Requirement } from "./requirement.ts";

const btfPath = "/sys/kernel/btf/vmlinux";

/** First bytes of BTF on a little-endian machine. */
const btfMagic = Buffer.from([0x9f, 0xeb]);

/** The kernel's description of its own types, by which the BPF programs find the fields that they read. */
export const btf: Requirement = {
  name: "BTF",
  async examine(facts) {
    const [{ bytes, error }, config] = await Promise.all([
      facts.read(btfPath, btfMagic.length),
      readKernelConfig(facts),
    ]);
    const builtIn = config?.isOn("CONFIG_DEBUG_INFO_BTF");
    const option = builtIn === undefined ? "" : `, CONFIG_DEBUG_INFO_BTF is ${builtIn ? "on" : "off"}`;
    if (bytes?.equals(btfMagic)) return ok(`${btfPath}${option}`);
    if (bytes)
      return failed(`${btfPath} holds no BTF${option}`, "mount the kernel's own /sys instead of a copy");
    if (error !== "ENOENT")
      return failed(`${btfPath} can't be read: ${error}${option}`, "run the tracer as root");
    const found = `${btfPath} is missing${option}`;
    const rebuild = "use a kernel that is built with CONFIG_DEBUG_INFO_BTF=y, as current distributions' are";
    const mount = "mount the node's /sys into the tracer's container";
    if (builtIn === undefined) return failed(found, `${rebuild}; if this one is, ${mount}`);
    return failed(found, builtIn ? mount : rebuild);
  },
};

const neededOptions = ["CONFIG_BPF_SYSCALL", "CONFIG_BPF_EVENTS", "CONFIG_CGROUPS"];

/** Parts of the kernel that the tracer needs or can use; most containers can't see how the kernel was built. */
export const kernelOptions: Requirement = {
  name: "kernel options",
  async examine(facts) {
    const config = await readKernelConfig(facts);
    if (!config)
      return skipped("not visible: no /proc/config.gz and no /boot/config-*; the self-test decides");
    const off = neededOptions.filter((option) => !config.isOn(option));
    if (off.length > 0) {
      return failed(
        `${off.join(", ")} off, says ${config.source}`,
        `use a kernel that is built with ${off.map((option) => `${option}=y`).join(", ")}`,
      );
    }
    if (!config.isOn("CONFIG_AUDIT")) {
      return warning(
        `CONFIG_AUDIT off, says ${config.source}`,
        "processes that leave their user's cgroup, as cron jobs do, can't be told by login uid on this kernel",
      );
    }
    return ok(`all on, says ${config.source}`);
  },
};
