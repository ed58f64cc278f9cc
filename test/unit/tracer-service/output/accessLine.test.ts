import { describe, expect, it } from "vitest";

import type { AccessRecord, RefusedAccess } from "../../../../tracer-service/access/accessRecord.ts";
import type { Reader } from "../../../../tracer-service/access/reader.ts";
import { AccessLineFormatter } from "../../../../tracer-service/output/accessLine.ts";

const formatter = new AccessLineFormatter({ node: "node-1", bootId: "boot" });

const record = (
  change: Partial<AccessRecord> = {},
  reader: Reader = { type: "unix", uid: 7 },
): AccessRecord => ({
  ...{ phase: "begin", viewing: "v", endpoint: "/v1/stream", query: "", sees: "all", filter: undefined },
  ...{
    replayAfter: undefined,
    sinceMs: 1_700_000_000_123,
    untilMs: undefined,
    told: undefined,
    code: undefined,
  },
  viewer: { reader, claimedUser: undefined, from: undefined },
  ...change,
});

const refused = (change: Partial<RefusedAccess> = {}): RefusedAccess => ({
  ...{ endpoint: "/v1/stream", reader: undefined, claimedUser: undefined, from: "127.0.0.1:5" },
  ...{ status: 401, code: "unauthorized", why: "no token", atMs: 1_700_000_000_123 },
  ...change,
});

const parse = (line: string) => JSON.parse(line) as { fields: { access: Record<string, unknown> } };

describe("AccessLineFormatter", () => {
  it("tells who, from where, what, since when and until when", () => {
    const reader = {
      ...({ type: "service_account", namespace: "p", name: "viewer", uid: "u" } as const),
      credentialId: "JTI=1",
    };
    const line = formatter.format(
      record({
        viewer: { reader, claimedUser: "röbin\n", from: "127.0.0.1:5" },
        ...{ phase: "end", sees: ["a", "b"], replayAfter: 3, untilMs: 1_700_000_001_000, code: 4401 },
        filter: { usernames: ["jessie"], workspaces: [{ username: "robin", workspaceName: "main" }] },
        told: { events: 2, firstNs: 1_699_999_999_000_000_001n, lastNs: 1_700_000_000_500_000_000n },
      }),
    );
    expect(line.endsWith("}\n")).toBe(true);
    expect(parse(line)).toMatchObject({
      ...{ ts: "2023-11-14T22:13:21.000000000Z", level: "INFO", msg: "access" },
      fields: {
        ...{ node: "node-1", boot_id: "boot" },
        access: {
          ...{
            phase: "end",
            viewing: "v",
            endpoint: "/v1/stream",
            claimed_user: "röbin\n",
            from: "127.0.0.1:5",
          },
          reader: {
            type: "service_account",
            namespace: "p",
            name: "viewer",
            uid: "u",
            credential_id: "JTI=1",
          },
          ...{ sees: ["a", "b"], filter: { usernames: ["jessie"], workspaces: ["robin/main"] } },
          ...{ replay_after: 3, since: "2023-11-14T22:13:20.123000000Z", events: 2, code: 4401 },
          ...{ until: "2023-11-14T22:13:21.000000000Z", first_event: "2023-11-14T22:13:19.000000001Z" },
        },
      },
    });
  });

  it.each<[string, Reader, object]>([
    ["a uid", { type: "unix", uid: 0 }, { type: "unix", uid: 0 }],
    ["nobody", { type: "unix", uid: undefined }, { type: "unix" }],
    ["the token file", { type: "tcp" }, { type: "token_file" }],
    [
      "a user",
      { type: "user", name: "robin", uid: undefined, credentialId: undefined },
      { type: "user", name: "robin" },
    ],
  ])("names %s as reader", (_name, reader, expected) => {
    expect(parse(formatter.format(record({}, reader))).fields.access["reader"]).toEqual(expected);
  });

  it("stays short on a node with the longest name, whatever a cluster calls its readers", () => {
    const long = "\u0000".repeat(600);
    const longNode = new AccessLineFormatter({ node: "n".repeat(253), bootId: "b".repeat(36) });
    const names = Array.from({ length: 200 }, () => "中".repeat(100));
    const line = longNode.format(
      record({
        ...{
          query: long,
          sees: names,
          filter: {
            usernames: names,
            workspaces: names.map((workspaceName) => ({ username: "robin", workspaceName })),
          },
        },
        ...{ untilMs: 1_700_000_001_000, replayAfter: 1, code: 4401 },
        viewer: {
          reader: { type: "service_account", namespace: long, name: long, uid: long, credentialId: long },
          claimedUser: long,
          from: long,
        },
      }),
    );
    expect(Buffer.byteLength(line)).toBeLessThan(16_000);
    expect(parse(line).fields.access["claimed_user"]).toBe("\u0000".repeat(200));
  });

  it("stays short, whatever a filter and a claim hold, and says how much is left out", () => {
    const long = "\u0000".repeat(256);
    const line = formatter.format(
      record({
        ...{ filter: { usernames: Array.from({ length: 1_000 }, () => long), workspaces: [] } },
        sees: Array.from({ length: 5_000 }, (_, index) => `namespace-${String(index)}`),
        viewer: { reader: { type: "tcp" }, claimedUser: long, from: long },
      }),
    );
    expect(Buffer.byteLength(line)).toBeLessThan(16_000);
    expect(parse(line).fields.access["filter"]).toEqual({
      usernames: [],
      workspaces: [],
      names_left_out: 1_000,
    });
  });

  it("tells who was refused what and why, as far as it is known", () => {
    const line = formatter.refused(refused({ endpoint: `/${"x".repeat(1_000)}`, claimedUser: "röbin\n" }));
    expect(line.endsWith("}\n")).toBe(true);
    expect(parse(line)).toEqual({
      ...{ ts: "2023-11-14T22:13:20.123000000Z", level: "WARN", msg: "access" },
      ...{ caller: expect.any(String) as string, func: expect.any(String) as string },
      fields: {
        ...{ node: "node-1", boot_id: "boot" },
        access: {
          ...{
            phase: "refused",
            endpoint: `/${"x".repeat(511)}`,
            claimed_user: "röbin\n",
            from: "127.0.0.1:5",
          },
          ...{
            status: 401,
            refusal: "unauthorized",
            why: "no token",
            since: "2023-11-14T22:13:20.123000000Z",
          },
        },
      },
    });
    const reader = { type: "user", name: "robin", uid: undefined, credentialId: undefined } as const;
    expect(parse(formatter.refused(refused({ reader }))).fields.access["reader"]).toEqual({
      ...{ type: "user", name: "robin" },
    });
  });

  it("tells how many refusals have no line", () => {
    const span = { sinceMs: 1_700_000_000_000, untilMs: 1_700_000_001_000 };
    const withheld = { reader: undefined, code: "unauthorized", count: 3, ...span };
    expect(parse(formatter.withheld(withheld)).fields.access).toEqual({
      ...{ phase: "refused", refusal: "unauthorized", withheld: 3 },
      ...{ since: "2023-11-14T22:13:20.000000000Z", until: "2023-11-14T22:13:21.000000000Z" },
    });
    expect(parse(formatter.withheld({ ...withheld, code: undefined })).fields.access).not.toHaveProperty(
      "refusal",
    );
  });
});
