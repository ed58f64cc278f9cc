import { nodeObstacle } from "../nodeVersion.ts";
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
    const obstacle = nodeObstacle(nodeVersion);
    if (obstacle !== undefined) return failed(nodeVersion, obstacle);
    return parseInt(nodeVersion) >= 24
      ? ok(nodeVersion)
      : warning(nodeVersion, "use Node.js 24, which the tracer is tested with");
  },
};
