import { describe, expect, it } from "vitest";
import { architecture } from "../../../scripts/architecture.mjs";

describe("architecture", () => {
  it.each([
    ["x64", "x86", "amd64", "x86_64-linux-gnu"],
    ["arm64", "arm64", "arm64", "aarch64-linux-gnu"],
  ])("knows what libbpf and Debian call %s", (nodeArch, bpfTarget, debianName, multiarch) => {
    expect(architecture(nodeArch)).toEqual({ bpfTarget, debianName, multiarch });
  });

  it.each(["ia32", "riscv64", ""])("says that %j is not supported", (nodeArch) => {
    expect(() => architecture(nodeArch)).toThrow(`this machine is ${nodeArch}`);
  });
});
