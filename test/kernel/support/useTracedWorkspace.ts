import { afterAll, beforeAll } from "vitest";

import type { TestCgroup } from "./testCgroup.ts";
import { TestPrograms } from "./testPrograms.ts";
import { TracedNode } from "./tracedNode.ts";

/** What the tests of a suite share: a node that is traced, a workspace on it, and programs to run there. */
export interface TracedWorkspace {
  readonly node: TracedNode;
  readonly workspace: TestCgroup;
  readonly programs: TestPrograms;
}

/** Makes it before the first test of the suite, hands it over, and takes it down after the last. */
export function useTracedWorkspace(take: (traced: TracedWorkspace) => void): void {
  let made: Pick<TracedWorkspace, "node" | "programs"> | undefined;
  beforeAll(() => {
    const programs = new TestPrograms();
    const node = new TracedNode();
    made = { node, programs };
    take({ node, programs, workspace: node.workspace("jessie", "main") });
  });
  afterAll(async () => {
    await made?.node.close();
    made?.programs.remove();
  });
}
