import { describe, expect, it } from "vitest";

import { workspaceOwners } from "../../../../tracer-service/identity/ownerMemory.ts";
import { OwnerTable } from "../../../../tracer-service/identity/ownerTable.ts";
import { Workspace } from "../../../../tracer-service/identity/workspace.ts";
import { constants } from "../../../../tracer-service/kernel/layout.ts";

const CAPACITY = constants.FIRST_LOGIN_OWNER - constants.FIRST_OWNER - 1;

function workspace(name: string): Workspace {
  return new Workspace({ username: name }, "cgroup");
}

describe("OwnerTable", () => {
  it("gives each workspace a number of its own that is no verdict, not shared and no login's", () => {
    const owners = new OwnerTable();
    const workspaces = Array.from({ length: CAPACITY }, (_, i) => workspace(String(i)));
    const numbers = workspaces.map((each) => owners.allocate(each));
    expect(new Set(numbers).size).toBe(CAPACITY);
    expect(Math.min(...numbers)).toBeGreaterThan(owners.shared);
    expect(owners.shared).toBeGreaterThan(constants.IGNORED);
    expect(Math.max(...numbers)).toBeLessThan(constants.FIRST_LOGIN_OWNER);
    expect(numbers.map((number) => owners.workspace(number))).toEqual(workspaces);
  });

  it("lets workspaces share a number when there is none left, and knows none by it", () => {
    const owners = new OwnerTable();
    for (let i = 0; i < CAPACITY; i++) owners.allocate(workspace(String(i)));
    const extra = owners.allocate(workspace("extra"));
    expect(extra).toBe(owners.shared);
    expect(owners.workspace(extra)).toBeUndefined();
    owners.release(extra);
    expect(owners.allocate(workspace("another"))).toBe(owners.shared);
  });

  it("gives a number out again as late as possible", () => {
    const owners = new OwnerTable();
    const first = owners.allocate(workspace("first"));
    owners.release(first);
    expect(owners.workspace(first)).toBeUndefined();
    const later = Array.from({ length: CAPACITY - 1 }, (_, i) => owners.allocate(workspace(String(i))));
    expect(later).not.toContain(first);
    expect(owners.allocate(workspace("last"))).toBe(first);
  });
});

describe("an OwnerTable that goes on where another stopped", () => {
  const kept = new Map<number, string>();
  const memory = workspaceOwners({
    all: () => [...kept],
    keep: (owner, text) => {
      kept.set(owner, text);
      return true;
    },
  });
  const first = new OwnerTable(memory);
  const jessie = first.allocate(workspace("jessie"));
  const robin = first.allocate(workspace("robin"));

  it("knows whose the numbers were, and gives a workspace the number that it had", () => {
    const second = new OwnerTable(memory);
    expect(second.workspace(robin)?.labels).toEqual({ username: "robin" });
    expect(second.allocate(workspace("eve"))).not.toBe(robin);
    expect(second.allocate(workspace("robin"))).toBe(robin);
    expect(second.inherited()).toHaveLength(1);
  });

  it("gives up what nobody has asked for", () => {
    const second = new OwnerTable(memory);
    second.allocate(workspace("robin"));
    second.releaseInherited();
    expect(second.workspace(jessie)).toBeUndefined();
    expect(second.workspace(robin)?.labels).toEqual({ username: "robin" });
  });

  it("takes no text for a workspace that is none", () => {
    for (const text of [
      "",
      "null",
      "{",
      '{"labels":{"username":1},"attribution":"cgroup"}',
      '{"labels":null}',
    ]) {
      kept.clear();
      kept.set(jessie, text);
      expect(new OwnerTable(memory).workspace(jessie)).toBeUndefined();
    }
  });
});
