import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { workspaceGroups } from "../../../../extension/queries/workspaceGroups.ts";
import type { WorkspaceName } from "../../../../protocol/stream.ts";

function filter(usernames: string[], workspaces: WorkspaceName[]): Parameters<typeof workspaceGroups>[0] {
  return { usernames, workspaces, expression: "" };
}

const main = (username: string | undefined): WorkspaceName => ({ username, workspaceName: "main" });
const dev = (username: string | undefined): WorkspaceName => ({ username, workspaceName: "dev" });

describe("workspaceGroups", () => {
  it.each([
    ["everything", [], [], [{ usernames: [], workspaceNames: [] }]],
    ["users", ["b", "a", "b"], [], [{ usernames: ["a", "b"], workspaceNames: [] }]],
    ["a workspace", [], [main("a")], [{ usernames: ["a"], workspaceNames: ["main"] }]],
    ["anyone's workspace", [], [main(undefined)], [{ usernames: [], workspaceNames: ["main"] }]],
    [
      "users who have the same workspaces",
      [],
      [main("a"), dev("b"), dev("a"), main("b")],
      [{ usernames: ["a", "b"], workspaceNames: ["dev", "main"] }],
    ],
    [
      "users who have different ones",
      [],
      [main("a"), dev("b")],
      [
        { usernames: ["a"], workspaceNames: ["main"] },
        { usernames: ["b"], workspaceNames: ["dev"] },
      ],
    ],
    [
      "a user's, which anyone's holds",
      [],
      [main(undefined), main("a")],
      [{ usernames: [], workspaceNames: ["main"] }],
    ],
    ["workspaces of other users than the chosen", ["c"], [main("a")], []],
    [
      "workspaces of one of the chosen users",
      ["a", "c"],
      [main("a"), main("b")],
      [{ usernames: ["a"], workspaceNames: ["main"] }],
    ],
  ])("groups %s", (_, usernames, workspaces, expected) => {
    expect(workspaceGroups(filter(usernames, workspaces))).toEqual(expected);
  });

  it("holds exactly what the filter lets through", () => {
    const user = fc.constantFrom<string>("a", "b", "c");
    const name = fc.constantFrom<string>("main", "dev", "old");
    const workspace = fc.record({ username: fc.option(user, { nil: undefined }), workspaceName: name });
    fc.assert(
      fc.property(
        fc.array(user, { maxLength: 2 }),
        fc.array(workspace, { maxLength: 6 }),
        (usernames, workspaces) => {
          const groups = workspaceGroups(filter(usernames, workspaces));
          for (const u of ["a", "b", "c"]) {
            for (const w of ["main", "dev", "old"]) {
              const wanted =
                (usernames.length === 0 || usernames.includes(u)) &&
                (workspaces.length === 0 ||
                  workspaces.some((each) => each.workspaceName === w && (each.username ?? u) === u));
              const held = groups.some(
                (group) =>
                  (group.usernames.length === 0 || group.usernames.includes(u)) &&
                  (group.workspaceNames.length === 0 || group.workspaceNames.includes(w)),
              );
              expect(held).toBe(wanted);
            }
          }
        },
      ),
    );
  });
});
