import { describe } from "vitest";

import { describeCluster } from "./describeCluster.ts";
import { DIRECTORY_VARIABLE } from "./testEnvironment.ts";

/**
 * Declares tests that run a tracer beside the pods, on the node that the tests brought up. On somebody's own cluster
 * they are skipped, and the run says so.
 */
export function describeOwnNode(name: string, declareTests: () => void): void {
  const isOwn = process.env["KUBECONFIG"] === undefined || process.env[DIRECTORY_VARIABLE] !== undefined;
  if (isOwn) {
    describeCluster(name, declareTests);
    return;
  }
  console.warn(`SKIPPED, nothing of it was tested: ${name}: this machine is not a node of the cluster`);
  describe.skip(name, declareTests);
}
