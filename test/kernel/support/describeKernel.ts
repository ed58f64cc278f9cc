import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";

import { describe, it } from "vitest";

import { findHierarchies } from "../../../tracer-service/cgroup/hierarchies.ts";
import { assertTraceable } from "../../../tracer-service/kernel/assertTraceable.ts";

const CAP_SYS_ADMIN = 21n;

/**
 * Declares tests that need the real kernel. Where the machine can't run them they are skipped, and the run says why;
 * with `CI=true` that is a failure.
 */
export function describeKernel(name: string, declareTests: () => void): void {
  describeWhere(kernelObstacle, name, declareTests);
}

/** The same for tests that need more: `obstacle` says why this machine can't run them, undefined where it can. */
export function describeWhere(
  obstacle: () => string | undefined,
  name: string,
  declareTests: () => void,
): void {
  const reason = kernelObstacle() ?? obstacle();
  if (reason === undefined) {
    describe(name, declareTests);
  } else if (process.env["CI"] === "true" && kernelObstacle() !== undefined) {
    describe(name, () => {
      it("can run on this machine", () => {
        throw new Error(reason);
      });
    });
  } else {
    console.warn(`SKIPPED, nothing of it was tested: ${name}: ${reason}`);
    describe.skip(name, declareTests);
  }
}

function kernelObstacle(): string | undefined {
  try {
    assertTraceable(release());
  } catch (error) {
    return (error as Error).message;
  }
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  if (((BigInt(`0x${effective}`) >> CAP_SYS_ADMIN) & 1n) === 0n) return "it needs root";
  if (findHierarchies().visible.length === 0) return "the host's cgroups can't be seen from here";
  return undefined;
}

/** Why tests in a cgroup v1 hierarchy can't run here. */
export function v1Obstacle(): string | undefined {
  return findHierarchies().v1 === undefined ? "this machine has no cgroup v1 hierarchy" : undefined;
}

/** Why tests that choose a login uid can't run here. */
export function loginUidObstacle(): string | undefined {
  return existsSync("/proc/self/loginuid") ? undefined : "this kernel keeps no login uids (CONFIG_AUDIT)";
}
