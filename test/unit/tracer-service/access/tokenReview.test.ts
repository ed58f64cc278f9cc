import { describe, expect, it } from "vitest";

import { readerOf } from "../../../../tracer-service/access/reader.ts";
import { parseTokenReview, tokenReviewOf } from "../../../../tracer-service/access/tokenReview.ts";

const AUDIENCE = "processlogging.dev";
const user = {
  username: "system:serviceaccount:process-logging:viewer",
  uid: "u-1",
  groups: ["system:serviceaccounts", "system:authenticated"],
  extra: { "authentication.kubernetes.io/credential-id": ["JTI=1"], "example.com/x": ["a", "b"] },
};
const review = (status: object) => ({ kind: "TokenReview", status });
const accepted = { authenticated: true, audiences: [AUDIENCE], user };

describe("parseTokenReview", () => {
  it("asks for the audience", () => {
    expect(tokenReviewOf("t", AUDIENCE)).toMatchObject({ spec: { token: "t", audiences: [AUDIENCE] } });
  });

  it("takes over user, uid, groups and extra, whole", () => {
    const known = parseTokenReview(review(accepted), AUDIENCE);
    expect(known).toMatchObject({ ...user, credentialId: "JTI=1" });
    expect(known && readerOf(known)).toEqual({
      ...{ type: "service_account", namespace: "process-logging", name: "viewer", uid: "u-1" },
      credentialId: "JTI=1",
    });
  });

  it.each([
    ["is not accepted", { authenticated: false, error: "expired" }],
    ["says nothing of it", {}],
    ["is for another audience", { ...accepted, audiences: ["https://kubernetes.default.svc"] }],
    ["is for none, as of an API server that knows no audiences", { ...accepted, audiences: undefined }],
    ["claims audiences that are no list", { ...accepted, audiences: AUDIENCE }],
    ["is accepted by a text", { ...accepted, authenticated: "true" }],
  ])("does not let in a token that %s", (_name, status) => {
    expect(parseTokenReview(review(status), AUDIENCE)).toBeUndefined();
  });

  it.each([
    ["nothing", undefined],
    ["no status", {}],
    ["no user", review({ ...accepted, user: undefined })],
    ["a user without a name", review({ ...accepted, user: { ...user, username: "" } })],
  ])("throws on %s", (_name, answer) => {
    expect(() => parseTokenReview(answer, AUDIENCE)).toThrow(/^the API server's review/);
  });

  it("keeps users apart by anything that authorizers may look at", () => {
    const keyOf = (change: object): string | undefined =>
      parseTokenReview(review({ ...accepted, user: { ...user, ...change } }), AUDIENCE)?.key;
    const keys = [{}, { uid: "u-2" }, { groups: ["a"] }, { extra: {} }, { username: "x" }].map(keyOf);
    expect(new Set(keys).size).toBe(5);
    expect(keyOf({})).toBe(keys[0]);
  });

  it("names a person as a user", () => {
    const known = parseTokenReview(review({ ...accepted, user: { username: "robin" } }), AUDIENCE);
    expect(known && readerOf(known)).toEqual({
      ...{ type: "user", name: "robin", uid: undefined, credentialId: undefined },
    });
  });
});
