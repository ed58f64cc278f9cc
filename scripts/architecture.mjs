/**
 * @typedef {object} Architecture
 * @property {string} bpfTarget As in libbpf's `__TARGET_ARCH_<…>`.
 * @property {string} debianName What Debian calls the architecture.
 * @property {string} multiarch Debian's name of the folders that hold this architecture's libraries and headers.
 */

/** @type {Readonly<Record<string, Architecture>>} */
const ARCHITECTURES = {
  x64: { bpfTarget: "x86", debianName: "amd64", multiarch: "x86_64-linux-gnu" },
  arm64: { bpfTarget: "arm64", debianName: "arm64", multiarch: "aarch64-linux-gnu" },
};

/**
 * What the build has to know of this machine's processor. Throws for one that the tracer does not support.
 * @param {string} nodeArch As in `process.arch`.
 * @returns {Architecture}
 */
export function architecture(nodeArch) {
  const found = ARCHITECTURES[nodeArch];
  if (found === undefined) {
    throw new Error(`the tracer runs on x86-64 and arm64, this machine is ${nodeArch}`);
  }
  return found;
}
