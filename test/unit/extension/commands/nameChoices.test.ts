import { describe, expect, it } from "vitest";
import {
  parseWorkspaceName,
  usernameChoices,
  workspaceChoices,
} from "../../../../extension/commands/nameChoices.ts";
import type { WorkspaceState } from "../../../../protocol/stream.ts";

function source(...states: [username: string | undefined, workspace: string, execs: number][]): {
  workspaces: ReadonlyMap<string, WorkspaceState>;
} {
  const workspaces = states.map(([username, name, execs], index): [string, WorkspaceState] => [
    String(index),
    {
      id: String(index),
      labels: { ...(username === undefined ? {} : { username }), workspace_name: name },
      attribution: "cgroup",
      ...{ namespace: undefined, pod: undefined, podUid: undefined },
      cgroup: undefined,
      activity: "idle",
      why: undefined,
      alive: 0,
      execs,
      lost: 0,
      rate: 0,
      lastCommand: undefined,
      lastExec: undefined,
      since: "",
    },
  ]);
  return { workspaces: new Map(workspaces) };
}

describe("usernameChoices", () => {
  it("adds up over sources, sorts, and leaves out who has no name", () => {
    const choices = usernameChoices(
      [
        source(["zoe", "main", 3], ["amy", "main", 1], [undefined, "x", 9], ["", "y", 9]),
        source(["zoe", "gpu", 4]),
      ],
      [],
    );
    expect(choices).toEqual([
      { value: "amy", workspaces: 1, execs: 1 },
      { value: "zoe", workspaces: 2, execs: 7 },
    ]);
  });

  it("offers chosen names that nobody has", () => {
    expect(usernameChoices([], ["ghost"])).toEqual([{ value: "ghost", workspaces: 0, execs: 0 }]);
  });
});

describe("workspaceChoices", () => {
  it("tells workspaces of the same name apart by user", () => {
    const choices = workspaceChoices([source(["zoe", "main", 3], ["amy", "main", 1], ["amy", "", 1])], []);
    expect(choices.map(({ value }) => value)).toEqual([
      { username: "amy", workspaceName: "main" },
      { username: "zoe", workspaceName: "main" },
    ]);
  });
});

describe("parseWorkspaceName", () => {
  it.each([
    ["main", { username: undefined, workspaceName: "main" }],
    ["jessie/main", { username: "jessie", workspaceName: "main" }],
    [" jessie / main ", { username: "jessie", workspaceName: "main" }],
    ["/main", undefined],
    ["jessie/", undefined],
    ["", undefined],
  ])("%j", (typed, expected) => {
    expect(parseWorkspaceName(typed)).toEqual(expected);
  });
});
