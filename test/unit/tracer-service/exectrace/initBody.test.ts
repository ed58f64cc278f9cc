import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { readInitBody } from "../../../../tracer-service/exectrace/initBody.ts";

function requestOf(...chunks: string[]): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  for (const chunk of chunks) request.push(Buffer.from(chunk));
  return request;
}

describe("readInitBody", () => {
  it.each([
    ["an empty body", [], ""],
    ["a body in one piece", ["4026532001\n"], "4026532001\n"],
    ["a body in pieces", ["4026", "532", "001"], "4026532001"],
    ["a body of 16 bytes", ["0123456789abcdef"], "0123456789abcdef"],
  ])("reads %s", async (_name, chunks, body) => {
    const request = requestOf(...chunks);
    request.push(null);
    expect(await readInitBody(request)).toEqual(Buffer.from(body));
  });

  it.each([
    ["in one piece", ["x".repeat(1_000_000)]],
    ["in pieces", ["0123456789abcdef", "g"]],
  ])("does not wait for the end of a body that is too long %s", async (_name, chunks) => {
    const body = await readInitBody(requestOf(...chunks));
    expect(body).toHaveLength(17);
  });

  it("gives nothing of a body that breaks off", async () => {
    const request = requestOf("402653");
    const body = readInitBody(request);
    request.destroy();
    expect(await body).toBeUndefined();
  });
});
