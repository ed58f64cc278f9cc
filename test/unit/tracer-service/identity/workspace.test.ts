import { describe, expect, it } from "vitest";

import { Workspace } from "../../../../tracer-service/identity/workspace.ts";

type Step =
  | readonly ["born" | "came" | "left", depth: number]
  | readonly ["nested" | "own", depth: number]
  | readonly ["missed"];

const cases: readonly { readonly what: string; readonly steps: readonly Step[] }[] = [
  { what: "nothing is nested before anything ran", steps: [["own", 0]] },
  {
    what: "a deeper process is nested",
    steps: [
      ["born", 1],
      ["nested", 2],
      ["own", 1],
    ],
  },
  {
    what: "a container runtime that passes through first decides nothing",
    steps: [
      ["came", 0],
      ["left", 0],
      ["born", 1],
      ["own", 1],
      ["nested", 2],
    ],
  },
  {
    what: "a container runtime that comes back later changes nothing",
    steps: [
      ["born", 1],
      ["came", 0],
      ["own", 1],
      ["own", 0],
      ["left", 0],
      ["own", 1],
      ["nested", 2],
    ],
  },
  {
    what: "a process from outside decides while it runs",
    steps: [
      ["came", 0],
      ["born", 1],
      ["nested", 1],
      ["left", 0],
      ["born", 1],
      ["own", 1],
    ],
  },
  {
    what: "several processes from outside keep their depth until the last has ended",
    steps: [
      ["came", 0],
      ["came", 0],
      ["left", 0],
      ["born", 1],
      ["nested", 1],
    ],
  },
  {
    what: "a shallower process of the workspace itself corrects what a nested one suggested",
    steps: [
      ["born", 2],
      ["own", 2],
      ["born", 1],
      ["nested", 2],
      ["own", 1],
    ],
  },
  {
    what: "a settled depth stays when all have ended",
    steps: [
      ["born", 1],
      ["left", 1],
      ["came", 2],
      ["nested", 2],
    ],
  },
  {
    what: "lost ends leave the decision to the next process",
    steps: [["came", 0], ["missed"], ["born", 1], ["own", 1]],
  },
  { what: "lost ends do not unsettle a depth", steps: [["born", 1], ["missed"], ["came", 2], ["nested", 2]] },
];

describe("the depth of PID namespaces at which a workspace runs", () => {
  it.each(cases)("$what", ({ steps }) => {
    const workspace = new Workspace({ username: "jessie" }, "static");
    for (const [what, depth = 0] of steps) {
      if (what === "born" || what === "came") workspace.enter(depth, what === "born");
      else if (what === "left") workspace.leave(depth);
      else if (what === "missed") workspace.missedLeaving();
      else expect({ depth, nested: workspace.isNested(depth) }).toEqual({ depth, nested: what === "nested" });
    }
  });
});
