import { describe, it } from "vitest";

import { OBSTACLE_VARIABLE } from "./testEnvironment.ts";

/**
 * Declares tests that need a real cluster. Where there is none they are skipped, and the run says why; with `CI=true`
 * that is a failure.
 */
export function describeCluster(name: string, declareTests: () => void): void {
  const reason =
    process.env["KUBECONFIG"] === undefined
      ? (process.env[OBSTACLE_VARIABLE] ?? "npm run test:cluster brings the cluster up")
      : undefined;
  if (reason === undefined) {
    describe(name, declareTests);
  } else if (process.env["CI"] === "true") {
    describe(name, () => {
      it("has a cluster to run on", () => {
        throw new Error(reason);
      });
    });
  } else {
    console.warn(`SKIPPED, nothing of it was tested: ${name}: ${reason}`);
    describe.skip(name, declareTests);
  }
}
