import { describe, expect, it } from "vitest";

import { labelKeysOfPods, USUAL_LABEL_KEYS } from "../../../../extension/queries/labelKeys.ts";

const V1 = { "com.coder.username": "jessie", "com.coder.workspace.name": "main" };
const V2 = { "com.coder.user.username": "jessie", "com.coder.workspace.name": "main" };

describe("labelKeysOfPods", () => {
  it.each([
    ["the usual keys when there is no pod", [], [USUAL_LABEL_KEYS]],
    ["the usual keys when no pod is a workspace", [{ app: "web" }], [USUAL_LABEL_KEYS]],
    [
      "the keys of the pods",
      [V2, V2],
      [{ username: "com.coder.user.username", workspaceName: "com.coder.workspace.name" }],
    ],
    [
      "the keys of both kinds of pods",
      [V1, V2],
      [USUAL_LABEL_KEYS, { username: "com.coder.user.username", workspaceName: "com.coder.workspace.name" }],
    ],
  ])("gives %s", (_, pods: readonly Record<string, string>[], expected) => {
    expect(labelKeysOfPods(pods)).toEqual(expected);
  });
});
