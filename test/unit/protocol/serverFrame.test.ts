import { describe, expect, it } from "vitest";

import { splitFrame } from "../../../protocol/serverFrame.ts";
import { nodeState } from "../extension/source/fixtureStream.ts";

describe("splitFrame", () => {
  it("parts the header from the lines", () => {
    const header = { type: "events", count: 1, through: 4 };
    const { header: read, lines } = splitFrame(Buffer.from(`${JSON.stringify(header)}\n{"é":1}\n`));
    expect(read).toEqual(header);
    expect(Buffer.from(lines).toString()).toBe('{"é":1}\n');
  });

  it("gives the lines a buffer of their own, since all of it is sent on", () => {
    const frame = Buffer.concat([
      Buffer.alloc(50),
      Buffer.from('{"type":"events","count":1,"through":4}\n{}\n'),
    ]);
    expect(splitFrame(frame.subarray(50)).lines.buffer.byteLength).toBe(3);
  });

  it("takes a frame that is a header alone", () => {
    const frame = Buffer.from('{"type":"events","count":0,"through":4}');
    expect(splitFrame(frame).lines).toHaveLength(0);
  });

  it.each([
    ["no JSON", "x", "not JSON"],
    ["an unknown type", '{"type":"toString"}', "unknown type"],
    ["a wrong number", '{"type":"events","count":-1,"through":1}', "wrong value: count"],
    ["a node that is not whole", '{"type":"node","node":{}}', "wrong value: node"],
    [
      "namespaces that are no names",
      JSON.stringify({ type: "node", node: nodeState({ sees: [7] as unknown as string[] }) }),
      "wrong value: sees",
    ],
    [
      "workspaces without ids",
      '{"type":"workspaces","all":true,"changed":[{}],"removed":[]}',
      "wrong value: id",
    ],
  ])("refuses %s", (_, text, why) => {
    expect(() => splitFrame(Buffer.from(text))).toThrow(why);
  });
});
