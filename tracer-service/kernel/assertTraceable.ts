import { existsSync } from "node:fs";

import { carriesBackBpf, isAtLeast, parseKernelVersion } from "../kernelVersion.ts";

/** Where the kernel shows its types (CONFIG_DEBUG_INFO_BTF). */
const BTF_PATH = "/sys/kernel/btf/vmlinux";

/** Throws one line when this kernel can't run the programs, whoever loads them. */
export function assertTraceable(release: string, hasBtf: boolean = existsSync(BTF_PATH)): void {
  const version = parseKernelVersion(release);
  if (version !== undefined && !isAtLeast(version, 5, 8) && !carriesBackBpf(release)) {
    throw new Error(`this kernel is ${release}: tracing needs Linux 5.8 or newer; boot a newer kernel`);
  }
  if (!hasBtf) {
    throw new Error(
      `this kernel (${release}) shows no BTF (${BTF_PATH} is missing): use one that is built with CONFIG_DEBUG_INFO_BTF=y`,
    );
  }
}
