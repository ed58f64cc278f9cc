import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSameFilter, narrowsFilter } from "../../../../extension/filter/narrowsFilter.ts";
import type { StreamFilter, WorkspaceName } from "../../../../protocol/stream.ts";

const main: WorkspaceName = { username: undefined, workspaceName: "main" };
const jessieMain: WorkspaceName = { username: "jessie", workspaceName: "main" };
const users = (...usernames: string[]): StreamFilter => ({ usernames, workspaces: [] });
const workspaces = (...names: WorkspaceName[]): StreamFilter => ({ usernames: [], workspaces: names });

describe("narrowsFilter", () => {
  it.each<[string, StreamFilter, StreamFilter, boolean]>([
    ["a user out of everyone", users(), users("jessie"), true],
    ["everyone out of a user", users("jessie"), users(), false],
    ["one of two users", users("jessie", "robin"), users("robin"), true],
    ["another user", users("jessie"), users("jessie", "robin"), false],
    ["one's workspace of that name", workspaces(main), workspaces(jessieMain), true],
    ["everyone's workspace of one's name", workspaces(jessieMain), workspaces(main), false],
    ["another condition", users("jessie"), { usernames: ["jessie"], workspaces: [main] }, true],
    ["one condition for another", users("jessie"), workspaces(jessieMain), false],
  ])("%s", (_, before, after, narrows) => {
    expect(narrowsFilter(before, after)).toBe(narrows);
  });

  it("never says yes where the new filter lets an event through that the old one does not", () => {
    const name = fc.constantFrom("a", "b");
    const filter: fc.Arbitrary<StreamFilter> = fc.record({
      usernames: fc.array(name, { maxLength: 2 }),
      workspaces: fc.array(
        fc.record({ username: fc.option(name, { nil: undefined }), workspaceName: name }),
        { maxLength: 2 },
      ),
    });
    fc.assert(
      fc.property(filter, filter, name, name, (before, after, user, workspace) => {
        fc.pre(narrowsFilter(before, after));
        expect(passes(before, user, workspace) || !passes(after, user, workspace)).toBe(true);
      }),
    );
  });
});

describe("isSameFilter", () => {
  it.each<[string, StreamFilter, StreamFilter, boolean]>([
    ["the same names in another order", users("a", "b"), users("b", "a"), true],
    ["fewer names", users("a", "b"), users("a"), false],
    ["names and none", users("a"), users(), false],
  ])("%s", (_, a, b, same) => {
    expect(isSameFilter(a, b)).toBe(same);
  });
});

/** What the service's filter means, said in another way. */
function passes(filter: StreamFilter, user: string, workspace: string): boolean {
  const byUser = filter.usernames.length === 0 || filter.usernames.includes(user);
  const byWorkspace =
    filter.workspaces.length === 0 ||
    filter.workspaces.some((each) => each.workspaceName === workspace && (each.username ?? user) === user);
  return byUser && byWorkspace;
}
