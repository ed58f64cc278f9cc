import { describe, expect, it } from "vitest";
import { WorkspaceTree } from "../../../../extension/views/workspaceTree.ts";
import type { WorkspaceState } from "../../../../protocol/stream.ts";

function workspace(
  id: string,
  username: string | undefined,
  more: Partial<WorkspaceState> = {},
): WorkspaceState {
  return {
    id,
    labels: { ...(username === undefined ? {} : { username }), workspace_name: id },
    attribution: "cgroup",
    ...{ namespace: undefined, pod: undefined, podUid: undefined },
    cgroup: undefined,
    activity: "idle",
    why: undefined,
    alive: 1,
    execs: 1,
    lost: 0,
    rate: 0,
    lastCommand: undefined,
    lastExec: undefined,
    since: "2026-01-01T00:00:00.000000000Z",
    ...more,
  };
}

function told(...changed: WorkspaceState[]): Parameters<WorkspaceTree["apply"]>[1] {
  return { all: false, changed, removed: [] };
}

function names(tree: WorkspaceTree): Record<string, string[]> {
  return Object.fromEntries(
    tree.users().map((user) => [user.username ?? "?", tree.workspaces(user.id).map(({ state }) => state.id)]),
  );
}

describe("WorkspaceTree", () => {
  it("sorts users and their workspaces, unknown users last", () => {
    const tree = new WorkspaceTree();
    tree.apply(
      "s",
      told(workspace("b", "zoe"), workspace("a", "zoe"), workspace("x", undefined), workspace("m", "amy")),
    );
    expect(names(tree)).toEqual({ amy: ["m"], zoe: ["a", "b"], "?": ["x"] });
    expect(tree.users().map(({ username }) => username)).toEqual(["amy", "zoe", undefined]);
  });

  it("keeps ids over changes, and tells same-named workspaces of two sources apart", () => {
    const tree = new WorkspaceTree();
    tree.apply("s", told(workspace("main", "amy")));
    tree.apply("t", told(workspace("main", "amy")));
    const [user] = tree.users();
    const before = tree.workspaces(user?.id ?? "").map(({ id }) => id);
    tree.apply("s", told(workspace("main", "amy", { rate: 5, activity: "logging" })));
    expect(new Set(before).size).toBe(2);
    expect(tree.users().map(({ id }) => id)).toEqual([user?.id]);
    expect(tree.workspaces(user?.id ?? "").map(({ id }) => id)).toEqual(before);
  });

  it("brings ids in the order that it shows them in, without those that are gone", () => {
    const tree = new WorkspaceTree();
    tree.apply("s", told(workspace("b", "zoe"), workspace("a", "zoe"), workspace("m", "amy")));
    const [amy, zoe] = tree.users().map(({ id }) => id);
    const [m] = tree.workspaces(amy ?? "").map(({ id }) => id);
    const [a, b] = tree.workspaces(zoe ?? "").map(({ id }) => id);
    expect(tree.inOrder(new Set([b, "gone", zoe, m, a].filter((id) => id !== undefined)))).toEqual([
      m,
      zoe,
      a,
      b,
    ]);
  });

  it("refreshes nothing when nothing that is shown has changed", () => {
    const tree = new WorkspaceTree();
    tree.apply("s", told(workspace("main", "amy", { rate: 3 })));
    const change = tree.apply("s", told(workspace("main", "amy", { rate: 3.01, execs: 900, alive: 7 })));
    expect(change).toEqual({ roots: false, items: [] });
  });

  it("refreshes only the workspace when its rate changes", () => {
    const tree = new WorkspaceTree();
    tree.apply("s", told(workspace("main", "amy"), workspace("docs", "amy")));
    const change = tree.apply("s", told(workspace("main", "amy", { rate: 12 })));
    expect(change.roots).toBe(false);
    expect(change.items.map((id) => tree.get(id)?.type)).toEqual(["workspace"]);
  });

  it("refreshes as many items as have changed, of ten thousand", () => {
    const tree = new WorkspaceTree();
    const all = Array.from({ length: 10_000 }, (_, index) => workspace(`w${index}`, `user${index % 500}`));
    expect(tree.apply("s", { all: true, changed: all, removed: [] }).roots).toBe(true);
    expect(tree.size).toBe(10_000);
    const busy = all.slice(0, 37).map((each) => ({ ...each, lastCommand: "make" }));
    expect(tree.apply("s", told(...busy)).items).toHaveLength(37);
    expect(tree.apply("s", { all: true, changed: all, removed: [] }).items).toHaveLength(37);
  });

  it("shows a user as not logged as soon as one workspace is not, and as logging when one is", () => {
    const tree = new WorkspaceTree();
    tree.apply("s", told(workspace("a", "amy"), workspace("b", "amy", { activity: "logging" })));
    expect(tree.users()[0]).toMatchObject({ activity: "logging", workspaces: 2 });
    const change = tree.apply("s", told(workspace("a", "amy", { activity: "not_logged", why: "no cgroup" })));
    expect(tree.users()[0]).toMatchObject({ activity: "not_logged" });
    expect(change.items.map((id) => tree.get(id)?.type).sort()).toEqual(["user", "workspace"]);
  });

  it("takes a user away with the last workspace, and refreshes the parent of any other", () => {
    const tree = new WorkspaceTree();
    tree.apply("s", told(workspace("a", "amy"), workspace("b", "amy")));
    const first = tree.apply("s", { all: false, changed: [], removed: ["a"] });
    expect(first).toEqual({ roots: false, items: [tree.users()[0]?.id] });
    expect(tree.apply("s", { all: false, changed: [], removed: ["b"] })).toEqual({ roots: true, items: [] });
    expect(tree.users()).toEqual([]);
  });

  it("moves a workspace to the user whose name comes late", () => {
    const tree = new WorkspaceTree();
    tree.apply("s", told(workspace("a", undefined)));
    expect(tree.apply("s", told(workspace("a", "amy"))).roots).toBe(true);
    expect(names(tree)).toEqual({ amy: ["a"] });
  });

  it("forgets only what the source told that is removed", () => {
    const tree = new WorkspaceTree();
    tree.apply("s", told(workspace("a", "amy")));
    tree.apply("t", told(workspace("a", "amy"), workspace("b", "ben")));
    expect(tree.removeSource("s").roots).toBe(false);
    expect(names(tree)).toEqual({ amy: ["a"], ben: ["b"] });
    expect(tree.removeSource("t").roots).toBe(true);
    expect(tree.size).toBe(0);
  });

  it("takes a user called like the unknown one for a user of that name", () => {
    const tree = new WorkspaceTree();
    tree.apply(
      "s",
      told(
        workspace("a", "user"),
        workspace("b", ""),
        workspace("c", undefined),
        workspace("d", "__proto__"),
      ),
    );
    expect(tree.users().map(({ username, workspaces }) => [username, workspaces])).toEqual([
      ["__proto__", 1],
      ["user", 1],
      [undefined, 2],
    ]);
  });
});
