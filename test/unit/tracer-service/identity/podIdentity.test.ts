import { describe, expect, it } from "vitest";

import { parseLabelKeys } from "../../../../tracer-service/identity/labelKeys.ts";
import { parseLabelSelector } from "../../../../tracer-service/identity/labelSelector.ts";
import { identifyPod, lacksLabels, wantedKeys } from "../../../../tracer-service/identity/podIdentity.ts";
import { CODER_RULES, fixturePod, JESSIE, metadataOf } from "./fixturePods.ts";

const CURRENT = {
  "com.coder.user.username": "jessie",
  "com.coder.user.id": "u-1",
  "com.coder.workspace.name": "main",
  "com.coder.workspace.id": "w-1",
};

describe("identifyPod", () => {
  it.each([
    ["Coder's current templates", CURRENT, { "com.coder.user.email": "jessie@example.com" }],
    [
      "Coder's first generation",
      {
        "com.coder.username": "jessie",
        "com.coder.user.id": "u-1",
        "com.coder.workspace.name": "main",
        "com.coder.workspace.id": "w-1",
        "com.coder.user.email": "jessie@example.com",
      },
      {},
    ],
  ])("reads the labels of %s", (_, labels, annotations) => {
    const pod = { ...fixturePod(labels), annotations: new Map(Object.entries(annotations)) };
    expect(identifyPod(CODER_RULES, pod, [])).toEqual({
      labels: {
        username: "jessie",
        user_id: "u-1",
        user_email: "jessie@example.com",
        workspace_name: "main",
        workspace_id: "w-1",
      },
      problems: [],
    });
  });

  it.each([
    ["says it", { "com.coder.workspace.name": "main" }, [], {}, { workspace_name: "main" }],
    ["lacks all", {}, [{}, JESSIE], {}, { username: "jessie", workspace_name: "main" }],
    [
      "says something else than its owner",
      { "com.coder.user.username": "eve" },
      [JESSIE],
      {},
      { username: "eve", workspace_name: "main" },
    ],
    [
      "has owners that differ",
      {},
      [
        { "com.coder.username": "replica" },
        { "com.coder.username": "deploy", "com.coder.workspace.id": "1" },
      ],
      {},
      { username: "replica", workspace_id: "1" },
    ],
    [
      "has an empty value",
      { ...JESSIE, "com.coder.username": "" },
      [],
      {},
      { username: "jessie", workspace_name: "main" },
    ],
    ["is no workspace", { app: "nginx" }, [{ app: "nginx" }], {}, undefined],
    ["names a user only", { "com.coder.username": "jessie" }, [], {}, undefined],
    [
      "is of a namespace that is captured",
      { app: "nginx" },
      [],
      { captureNamespaces: new Set(["coder"]) },
      {},
    ],
    [
      "is selected without a workspace's label",
      { team: "blue", "com.coder.username": "jessie" },
      [],
      { selector: parseLabelSelector("team=blue") },
      { username: "jessie" },
    ],
    [
      "is selected by its owner's label",
      {},
      [{ team: "blue" }],
      { selector: parseLabelSelector("team=blue") },
      {},
    ],
    [
      "is a workspace that is not selected",
      JESSIE,
      [],
      { selector: parseLabelSelector("team=blue") },
      undefined,
    ],
    [
      "has keys of one's own",
      { owner: "jessie", ws: "main" },
      [],
      { keys: parseLabelKeys(["username=owner", "workspace_name=ws"]) },
      { username: "jessie", workspace_name: "main" },
    ],
  ])("knows a pod that %s", (_, labels, owners, rules, expected) => {
    const identity = identifyPod(
      { ...CODER_RULES, ...rules },
      fixturePod(labels),
      owners.map((each) => metadataOf(each as Record<string, string>)),
    );
    expect(identity).toEqual({ labels: expected, problems: [] });
  });

  it.each([
    ["control characters", "main\u0007", /^workspace_name would be "main\\u0007", which holds control/],
    ["direction marks", "ma\u202Ein", /which holds control or invisible/],
    ["too many characters", "m".repeat(257), /which is longer than 256 characters/],
  ])("leaves out a value with %s, says so, and still knows the workspace", (_, value, problem) => {
    const { labels, problems } = identifyPod(
      CODER_RULES,
      fixturePod({ ...JESSIE, "com.coder.workspace.name": value }),
      [],
    );
    expect(labels).toEqual({ username: "jessie" });
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });
});

describe("lacksLabels", () => {
  it("asks the owners while any label is missing", () => {
    const all = Object.fromEntries([...CODER_RULES.keys.values()].map(([key]) => [key ?? "", "x"]));
    expect(lacksLabels(CODER_RULES, fixturePod(JESSIE))).toBe(true);
    expect(lacksLabels(CODER_RULES, fixturePod(all))).toBe(false);
  });

  it("asks the owners while a label that the selector looks at is missing", () => {
    const all = Object.fromEntries([...CODER_RULES.keys.values()].map(([key]) => [key ?? "", "x"]));
    const rules = { ...CODER_RULES, selector: parseLabelSelector("team=blue,!exempt") };
    expect(lacksLabels(rules, fixturePod(all))).toBe(true);
    expect(lacksLabels(rules, fixturePod({ ...all, team: "red" }))).toBe(true);
    expect(lacksLabels(rules, fixturePod({ ...all, team: "red", exempt: "" }))).toBe(false);
  });
});

describe("wantedKeys", () => {
  it("holds the keys of labels and of the selector", () => {
    const wanted = wantedKeys({ ...CODER_RULES, selector: parseLabelSelector("team=blue") });
    expect([...wanted]).toEqual(
      expect.arrayContaining(["com.coder.username", "com.coder.workspace.id", "team"]),
    );
  });
});
