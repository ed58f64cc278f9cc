import { describe, expect, it } from "vitest";
import { REFUSALS } from "../../../../tracer-service/api/apiRefusal.ts";
import { authorizeRequest } from "../../../../tracer-service/api/authorizeRequest.ts";

const TOKEN = "0123456789abcdef";

describe("authorizeRequest", () => {
  it.each([
    ["lets a reader of the Unix socket in without a token", {}, "", undefined, undefined],
    ["lets the right token in", { authorization: `Bearer ${TOKEN}` }, "", TOKEN, undefined],
    ["refuses a missing token", {}, "", TOKEN, REFUSALS.unauthorized],
    [
      "refuses a token that is only begun",
      { authorization: "Bearer 0123" },
      "",
      TOKEN,
      REFUSALS.unauthorized,
    ],
    ["refuses another scheme", { authorization: `Basic ${TOKEN}` }, "", TOKEN, REFUSALS.unauthorized],
    ["refuses the right token in the URL", {}, `token=${TOKEN}`, TOKEN, REFUSALS.tokenInUrl],
    ["refuses a token in the URL on the Unix socket", {}, "Access_Token=x", undefined, REFUSALS.tokenInUrl],
    [
      "refuses a web page that knows the token",
      { origin: "http://a", authorization: `Bearer ${TOKEN}` },
      "",
      TOKEN,
      REFUSALS.origin,
    ],
    ["refuses a web page on the Unix socket", { origin: "null" }, "", undefined, REFUSALS.origin],
  ] as const)("%s", (_name, headers, query, token, refusal) => {
    expect(authorizeRequest(headers, new URLSearchParams(query), token)).toEqual(refusal);
  });
});
