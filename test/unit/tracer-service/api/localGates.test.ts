import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";

import { REFUSALS } from "../../../../tracer-service/api/apiRefusal.ts";
import { socketGate, tokenFileGate } from "../../../../tracer-service/api/localGates.ts";

const TOKEN = "0123456789abcdef";
const socket = new PassThrough();

describe("tokenFileGate", () => {
  it.each([
    ["lets the right token in", `Bearer ${TOKEN}`, TOKEN, undefined],
    ["refuses a missing token", undefined, TOKEN, REFUSALS.unauthorized],
    ["refuses a token that is only begun", "Bearer 0123", TOKEN, REFUSALS.unauthorized],
    ["refuses another scheme", `Basic ${TOKEN}`, TOKEN, REFUSALS.unauthorized],
    ["refuses everybody while its file can't be used", `Bearer ${TOKEN}`, undefined, REFUSALS.tokenFile],
  ])("%s", async (_name, authorization, token, refusal) => {
    const headers = authorization === undefined ? {} : { authorization };
    const answer = await tokenFileGate(() => token).admit({ headers, socket });
    if (refusal !== undefined) expect(answer).toEqual(refusal);
    else expect(answer).toMatchObject({ reader: { type: "tcp" }, sight: { all: true } });
  });
});

describe("socketGate", () => {
  it("names the peer, who may see all", async () => {
    const answer = await socketGate(() => 42).admit({ headers: {}, socket });
    expect(answer).toMatchObject({ reader: { type: "unix", uid: 42 }, sight: { all: true } });
  });
});
