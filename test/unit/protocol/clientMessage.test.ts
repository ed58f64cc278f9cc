import { describe, expect, it } from "vitest";

import { parseClientMessage } from "../../../protocol/clientMessage.ts";

const filter = { usernames: ["jessie"], workspaces: [] };

describe("parseClientMessage", () => {
  it("takes a subscription", () => {
    const message = { type: "subscribe", filter, since: { run: "r", seq: 3 } };
    expect(parseClientMessage(JSON.stringify(message))).toEqual(message);
  });

  it.each([
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
