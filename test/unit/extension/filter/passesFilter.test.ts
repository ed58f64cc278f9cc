import { expect, it } from "vitest";

import { passesFilter } from "../../../../extension/filter/passesFilter.ts";
import type { StreamFilter } from "../../../../protocol/stream.ts";

const MAIN = { username: "jessie", workspace_name: "main" };

it.each<[string, Partial<StreamFilter>, Record<string, string>, boolean]>([
  ["everything where nothing is asked for", {}, MAIN, true],
  ["a user who is asked for", { usernames: ["bob", "jessie"] }, MAIN, true],
  ["nobody else", { usernames: ["bob"] }, MAIN, false],
  ["nobody without a name, unless that is asked for", { usernames: ["bob"] }, {}, false],
  ["who has no name, as the empty one", { usernames: [""] }, {}, true],
  ["a workspace of any user", { workspaces: [{ username: undefined, workspaceName: "main" }] }, MAIN, true],
  ["a workspace of that user", { workspaces: [{ username: "jessie", workspaceName: "main" }] }, MAIN, true],
  [
    "not another user's of that name",
    { workspaces: [{ username: "bob", workspaceName: "main" }] },
    MAIN,
    false,
  ],
  ["not the user's other ones", { workspaces: [{ username: "jessie", workspaceName: "x" }] }, MAIN, false],
  [
    "one of several",
    {
      workspaces: [
        { username: undefined, workspaceName: "x" },
        { username: undefined, workspaceName: "main" },
      ],
    },
    MAIN,
    true,
  ],
  [
    "only what is both",
    { usernames: ["bob"], workspaces: [{ username: undefined, workspaceName: "main" }] },
    MAIN,
    false,
  ],
])("lets through %s", (_, filter, labels, passes) => {
  expect(passesFilter(labels, { usernames: [], workspaces: [], ...filter })).toBe(passes);
});
