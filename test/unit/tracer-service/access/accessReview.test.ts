import { describe, expect, it } from "vitest";

import { accessReviewOf, parseAccessReview } from "../../../../tracer-service/access/accessReview.ts";

const user = {
  ...{ username: "system:serviceaccount:a:b", uid: "u", groups: ["g"], extra: { k: ["v"] } },
  ...{ credentialId: undefined, key: "" },
};

describe("accessReviewOf", () => {
  it.each([
    [
      "the virtual resource in a namespace",
      { type: "processes", permission: "processes", namespace: "a" },
      {
        resourceAttributes: {
          ...{
            verb: "get",
            group: "processlogging.dev",
            version: "v1",
            resource: "processes",
            namespace: "a",
          },
        },
      },
    ],
    [
      "the log in all namespaces",
      { type: "processes", permission: "pods/log", namespace: undefined },
      { resourceAttributes: { verb: "get", version: "v1", resource: "pods", subresource: "log" } },
    ],
    [
      "a path",
      { type: "path", path: "/metrics" },
      { nonResourceAttributes: { path: "/metrics", verb: "get" } },
    ],
  ] as const)("asks for %s, with all that is known of the user", (_name, wanted, attributes) => {
    expect(accessReviewOf(user, wanted)).toMatchObject({
      spec: { user: user.username, uid: "u", groups: ["g"], extra: { k: ["v"] }, ...attributes },
    });
  });
});

describe("parseAccessReview", () => {
  it.each([
    ["a plain yes", { allowed: true }, true],
    ["a no", { allowed: false }, false],
    ["a no with its reason", { allowed: false, denied: true, evaluationError: "x" }, false],
    ["both, which is a no", { allowed: true, denied: true }, false],
    ["a yes in words, which is a no", { allowed: "yes" }, false],
    ["nothing, which is a no", {}, false],
  ])("understands %s", (_name, status, expected) => {
    expect(parseAccessReview({ status })).toBe(expected);
  });

  it.each([
    ["no answer", undefined, /has no status/],
    ["no status", {}, /has no status/],
    [
      "an error of the authorizer",
      { status: { allowed: false, evaluationError: "down" } },
      /could not decide.*down/,
    ],
  ])("throws on %s", (_name, answer, why) => {
    expect(() => parseAccessReview(answer)).toThrow(why);
  });
});
