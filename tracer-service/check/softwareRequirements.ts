import { failed, ok, warning, type Requirement } from "./requirement.ts";

/** The library that loads the BPF programs. */
export const libbpf: Requirement = {
  name: "libbpf",
  examine(facts) {
    const version = facts.libbpfVersion();
    if (version !== undefined) return ok(`libbpf.so.1 ${version}`);
    return failed(
      "libbpf.so.1 can't be loaded",
      "install it: apt-get install libbpf1, or dnf install libbpf",
    );
  },
};

/** The Node.js that runs the service, with `node:sqlite`. */
export const nodeRuntime: Requirement = {
  name: "Node.js",
  examine({ nodeVersion }) {
    const [major = 0, minor = 0] = nodeVersion.split(".").map(Number);
    if (major >= 24) return ok(nodeVersion);
    const advice = "use Node.js 24";
    return major > 22 || (major === 22 && minor >= 15)
      ? warning(nodeVersion, `${advice}, which the tracer is tested with`)
      : failed(nodeVersion, `${advice}; 22.15 is the oldest that can run the tracer`);
  },
};
