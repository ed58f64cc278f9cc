import { describe, expect, it } from "vitest";

import { kubectlOptions } from "../../../../extension/queries/kubectlOptions.ts";
import type { ShownWorkspace } from "../../../../extension/source/shownWorkspace.ts";
import { workspaceState } from "../source/fixtureStream.ts";

const ALL = { usernames: [], workspaces: [], expression: "" };
const OLD = { username: "com.coder.username", workspaceName: "com.coder.workspace.name" };
const NEW = { username: "com.coder.user.username", workspaceName: "com.coder.workspace.name" };

function source(
  ...pods: readonly (readonly [string, "tracer" | "sidecar" | undefined, typeof OLD, string])[]
): { readonly workspaces: ReadonlyMap<string, ShownWorkspace> } {
  const workspaces = pods.map(
    ([username, loggedBy, labelKeys, namespace], index): [string, ShownWorkspace] => {
      const id = String(index);
      const labels = { username, workspace_name: "main" };
      return [id, { ...workspaceState(id), labels, namespace, place: { node: "n1", loggedBy, labelKeys } }];
    },
  );
  return { workspaces: new Map(workspaces) };
}

describe("kubectlOptions", () => {
  it("knows nothing without a cluster", () => {
    expect(kubectlOptions([], ALL)).toEqual({
      ...{ pods: 0, byTracers: false, bySidecars: true, namespaces: [], labelKeys: undefined },
    });
  });

  it("tells the keys and namespaces of the sidecars that the filter lets through", () => {
    const all = source(["a", "sidecar", OLD, "x"], ["a", "sidecar", NEW, "y"], ["b", "sidecar", OLD, "z"]);
    expect(kubectlOptions([all], { ...ALL, usernames: ["a"] })).toEqual({
      ...{ pods: 2, byTracers: false, bySidecars: true, namespaces: ["x", "y"], labelKeys: [OLD, NEW] },
    });
  });

  it("asks the tracers where they log, and sidecars only where there are any", () => {
    expect(kubectlOptions([source(["a", "tracer", OLD, "x"])], ALL)).toMatchObject({
      ...{ byTracers: true, bySidecars: false },
    });
    const both = source(["a", "tracer", OLD, "x"], ["b", "sidecar", OLD, "y"]);
    expect(kubectlOptions([both], ALL)).toMatchObject({
      byTracers: true,
      bySidecars: true,
      namespaces: ["y"],
    });
  });
});
