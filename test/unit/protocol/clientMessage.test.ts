import { describe, expect, it } from "vitest";

import { parseClientMessage } from "../../../protocol/clientMessage.ts";

const filter = { usernames: ["jessie"], workspaces: [] };

describe("parseClientMessage", () => {
  it("takes a subscription", () => {
    const message = { type: "subscribe", filter, since: { run: "r", seq: 3 } };
    expect(parseClientMessage(JSON.stringify(message))).toEqual(message);
  });

  it("takes a head to compare", () => {
    const message = { type: "checkHead", head: { seq: 3, hash: "0f".repeat(32) } };
    expect(parseClientMessage(JSON.stringify(message))).toEqual(message);
  });

  it.each([
    ["with a head that is none", '{"type":"checkHead","head":{"seq":3,"hash":"0f"}}', "head.hash"],
    ["with a head at no number", '{"type":"checkHead","head":{"seq":0.5,"hash":"0f"}}', "head.seq"],
    ["too long", " ".repeat(65_537), "longer than"],
    ["not JSON", "{", "not JSON"],
    ["without filter", '{"type":"subscribe"}', "filter is not an object"],
    [
      "with a negative since",
      JSON.stringify({ type: "subscribe", filter, since: { run: "r", seq: -1 } }),
      "since.seq",
    ],
    ["with an unknown key", '{"type":"unsubscribe","x":1}', "unknown key"],
  ])("refuses a message %s", (_, text, why) => {
    expect(() => parseClientMessage(text)).toThrow(why);
  });
});
