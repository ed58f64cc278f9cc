import { afterEach } from "vitest";

import { TracedNode, type TracedNodeOptions } from "./tracedNode.ts";

/** Starts a node that is traced, for one test: it is taken down after it. */
export function useTracedNode(): (options?: TracedNodeOptions) => TracedNode {
  let node: TracedNode | undefined;
  afterEach(async () => {
    await node?.close();
    node = undefined;
  });
  return (options) => (node = new TracedNode(options));
}
