import { describe, expect, it } from "vitest";
import { applyWorkspaces } from "../../../../extension/source/workspaceStates.ts";
import type { WorkspaceState } from "../../../../protocol/stream.ts";
import { workspaceState } from "./fixtureStream.ts";

function known(...ids: readonly string[]): Map<string, WorkspaceState> {
  return new Map(ids.map((id) => [id, workspaceState(id)]));
}

describe("applyWorkspaces", () => {
  it("takes in what changed and gives what went", () => {
    const workspaces = known("a", "b");
    const changed = [{ ...workspaceState("a"), execs: 9 }, workspaceState("c")];
    const change = applyWorkspaces(workspaces, { all: false, changed, removed: ["b", "unknown"] });
    expect(change).toEqual({ all: false, changed, removed: ["b"] });
    expect([...workspaces.keys()]).toEqual(["a", "c"]);
    expect(workspaces.get("a")?.execs).toBe(9);
  });

  it("forgets every other one where all are told, and says which", () => {
    const workspaces = known("a", "b", "c");
    const change = applyWorkspaces(workspaces, { all: true, changed: [workspaceState("b")], removed: [] });
    expect(change.removed).toEqual(["a", "c"]);
    expect([...workspaces.keys()]).toEqual(["b"]);
  });

  it("keeps one that is removed and told in one message", () => {
    const workspaces = known("a");
    const change = applyWorkspaces(workspaces, {
      all: false,
      changed: [workspaceState("a")],
      removed: ["a"],
    });
    expect({ removed: change.removed, size: workspaces.size }).toEqual({ removed: [], size: 1 });
  });

  it("refuses more than a node can have", () => {
    const workspaces = new Map<string, WorkspaceState>();
    const changed = Array.from({ length: 100_001 }, (_, index) => ({
      ...workspaceState(""),
      id: String(index),
    }));
    expect(() => applyWorkspaces(workspaces, { all: true, changed, removed: [] })).toThrow(
      "more than 100,000",
    );
    expect(workspaces.size).toBe(0);
  });
});
