import { describe, expect, it } from "vitest";

import type { AccessRecord } from "../../../../tracer-service/access/accessRecord.ts";
import type { Reader } from "../../../../tracer-service/access/reader.ts";
import { AccessLineFormatter } from "../../../../tracer-service/output/accessLine.ts";
import { AccessOutput } from "../../../../tracer-service/output/accessOutput.ts";

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
});

describe("AccessOutput", () => {
  const setUp = (saturated: boolean, sink: boolean) => {
    const lines: string[] = [];
    const told: [object, string][] = [];
    const tell = (fields: object, message: string): void => void told.push([fields, message]);
    const output = new AccessOutput(
      formatter,
      sink ? { saturated, write: (text) => void lines.push(text) } : undefined,
      { info: tell, warn: tell, error: tell },
    );
    output.write(record());
    return { lines, told };
  };

  it("writes to the log", () => {
    expect(setUp(false, true)).toMatchObject({ lines: [expect.stringMatching(/"msg":"access"/)], told: [] });
  });

  it.each([
    ["there is no log", false],
    ["the log can't be written", true],
  ])("writes to the service's own messages where %s", (_name, sink) => {
    const { lines, told } = setUp(true, sink);
    expect(lines).toEqual([]);
    expect(told).toMatchObject([[{ access: { phase: "begin" }, node: "node-1" }, "access"]]);
  });
});
