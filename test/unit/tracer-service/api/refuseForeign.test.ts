import { describe, expect, it } from "vitest";

import { REFUSALS } from "../../../../tracer-service/api/apiRefusal.ts";
import { refuseForeign } from "../../../../tracer-service/api/refuseForeign.ts";

describe("refuseForeign", () => {
  it.each([
    ["lets a reader's request pass", {}, "username=jessie", undefined],
    ["refuses a token in the URL", { authorization: "Bearer x" }, "token=x", REFUSALS.tokenInUrl],
    ["refuses it whatever its case", {}, "Access_Token=x", REFUSALS.tokenInUrl],
    [
      "refuses a web page that knows a token",
      { origin: "http://a", authorization: "Bearer x" },
      "",
      REFUSALS.origin,
    ],
    ["refuses a web page of no origin", { origin: "null" }, "", REFUSALS.origin],
  ] as const)("%s", (_name, headers, query, refusal) => {
    expect(refuseForeign(headers, new URLSearchParams(query))).toEqual(refusal);
  });
});
