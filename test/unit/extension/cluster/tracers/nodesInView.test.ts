import { describe, expect, it } from "vitest";
import { nodesInView } from "../../../../../extension/cluster/tracers/nodesInView.ts";
import { workspacePod } from "../fixtureObjects.ts";

const ALL = { usernames: [], workspaces: [] };
const pods = [
  workspacePod({ uid: "1", node: "n1", user: "jessie", workspace: "main" }),
  workspacePod({ uid: "2", node: "n2", user: "amy", workspace: "main" }),
  workspacePod({ uid: "3", node: "n3", user: "amy", workspace: "docs" }),
  workspacePod({ uid: "4", node: "n4", user: "amy", workspace: "old", phase: "Succeeded" }),
  workspacePod({ uid: "5", user: "amy", workspace: "new", phase: "Pending" }),
];

describe("nodesInView", () => {
  it.each([
    ["no filter", ALL, ["n1", "n2", "n3"]],
    ["a user", { ...ALL, usernames: ["amy"] }, ["n2", "n3"]],
    [
      "a workspace of anyone",
      { ...ALL, workspaces: [{ username: undefined, workspaceName: "main" }] },
      ["n1", "n2"],
    ],
    ["a workspace of a user", { ...ALL, workspaces: [{ username: "amy", workspaceName: "main" }] }, ["n2"]],
    ["nobody", { ...ALL, usernames: ["zoe"] }, []],
  ])("with %s", (_, filter, expected) => {
    const nodesWithOwnRules: readonly string[] = [];
    expect([...nodesInView({ pods, nodesWithOwnRules }, filter, new Set(), 50).nodes]).toEqual(expected);
  });

  it("keeps to the bound, says how many are left, and keeps what is open", () => {
    const candidates = { pods, nodesWithOwnRules: [] };
    expect(nodesInView(candidates, ALL, new Set(["n3"]), 2)).toEqual({
      nodes: new Set(["n3", "n1"]),
      left: 1,
    });
  });

  it("has nodes whose tracers alone know their workspaces after those that have some in view", () => {
    const candidates = { pods, nodesWithOwnRules: ["n0", "n2", "n9"] };
    const amys = { ...ALL, usernames: ["amy"] };
    const found = (most: number) => nodesInView(candidates, amys, new Set(["n9"]), most);
    expect([...found(50).nodes]).toEqual(["n2", "n3", "n9", "n0"]);
    expect(found(3)).toEqual({ nodes: new Set(["n2", "n3", "n9"]), left: 1 });
  });
});
