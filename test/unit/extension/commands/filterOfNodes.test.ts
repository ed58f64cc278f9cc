import { describe, expect, it } from "vitest";
import { filterOfNodes } from "../../../../extension/commands/filterOfNodes.ts";
import { WorkspaceTree } from "../../../../extension/views/workspaceTree.ts";
import type { WorkspaceState } from "../../../../protocol/stream.ts";

const tree = new WorkspaceTree();
const state = (id: string, labels: Record<string, string>): WorkspaceState => ({
  id,
  labels,
  attribution: "cgroup",
  ...{ namespace: undefined, pod: undefined, podUid: undefined },
  cgroup: undefined,
  activity: "idle",
  why: undefined,
  alive: 0,
  execs: 0,
  lost: 0,
  rate: 0,
  lastCommand: undefined,
  lastExec: undefined,
  since: "",
});
tree.apply("s", {
  all: true,
  changed: [
    state("1", { username: "amy", workspace_name: "main" }),
    state("2", { username: "amy", workspace_name: "docs" }),
    state("3", { username: "ben", workspace_name: "main" }),
    state("4", { workspace_name: "lost" }),
    state("5", { username: "ben" }),
  ],
  removed: [],
});
const user = (name: string | undefined) => tree.users().filter(({ username }) => username === name);
const workspace = (id: string) =>
  tree
    .users()
    .flatMap((each) => tree.workspaces(each.id))
    .filter((each) => each.state.id === id);
const filter = (...nodes: Parameters<typeof filterOfNodes>[0]) =>
  filterOfNodes(nodes, (id) => tree.workspaces(id));

describe("filterOfNodes", () => {
  it("filters by the names of users", () => {
    expect(filter(...user("amy"), ...user("ben"))).toEqual({
      usernames: ["amy", "ben"],
      workspaces: [],
      expression: "",
    });
  });

  it("filters by workspaces with their users", () => {
    expect(filter(...workspace("1"), ...workspace("3"))?.workspaces).toEqual([
      { username: "amy", workspaceName: "main" },
      { username: "ben", workspaceName: "main" },
    ]);
  });

  it("lets the workspaces of a user through who is chosen along with another one's workspace", () => {
    expect(filter(...user("amy"), ...workspace("3"))).toEqual({
      usernames: [],
      workspaces: [
        { username: "ben", workspaceName: "main" },
        { username: "amy", workspaceName: "docs" },
        { username: "amy", workspaceName: "main" },
      ],
      expression: "",
    });
  });

  it("takes a workspace whose user is not known by its name alone", () => {
    expect(filter(...workspace("4"))?.workspaces).toEqual([{ username: undefined, workspaceName: "lost" }]);
  });

  it("gives none for what has no name", () => {
    expect(filter(...user(undefined), ...workspace("5"))).toBeUndefined();
    expect(filter()).toBeUndefined();
  });
});
