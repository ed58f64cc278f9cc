import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { readHistoryOverHttp, type HistoryRequest } from "../../../../extension/history/httpHistory.ts";

let directory: string;
let socketPath: string;
let server: Server;
let answer: RequestListener;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "wpl-history-http-"));
  socketPath = join(directory, "s");
  server = createServer((request, response) => {
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

const END = { type: "end", through: 4, done: true, events: 2, gaps: [] };

async function read(request: Partial<HistoryRequest> = {}, signal = new AbortController().signal) {
  let lines = "";
  const through: number[] = [];
  const reader = {
    lines: (text: string) => void (lines += text),
    progress: (seq: number) => void through.push(seq),
  };
  const whole = { target: { type: "unix", socketPath } as const, token: undefined, ...request };
  const end = await readHistoryOverHttp(whole, new URLSearchParams({ grep: "a b" }), reader, signal);
  return { end, lines, through };
}

describe("readHistoryOverHttp", () => {
  it("reads an answer that comes in pieces of any length", async () => {
    const text = `{"ts":"1","x":"ü"}\n{"type":"progress","through":9,"events":1}\n{"ts":"2"}\n${JSON.stringify(END)}\n`;
    answer = (_request, response) => {
      for (const byte of Buffer.from(text)) response.write(Buffer.from([byte]));
      response.end();
    };
    expect(await read()).toEqual({ end: END, lines: '{"ts":"1","x":"ü"}\n{"ts":"2"}\n', through: [9, 4] });
  });

  it("asks with token and headers, also on a connection that it is given", async () => {
    let seen: unknown;
    answer = ({ url, headers }, response) => {
      seen = { url, authorization: headers.authorization, claimed: headers["x-claimed"] };
      response.end(`${JSON.stringify(END)}\n`);
    };
    const connection = connect(socketPath);
    const target = { type: "url", url: "http://127.0.0.1:7070/" } as const;
    await read({ target, token: "secret", headers: { "x-claimed": "me" }, connection });
    expect(seen).toEqual({ url: "/v1/events?grep=a+b", authorization: "Bearer secret", claimed: "me" });
    expect(connection.destroyed).toBe(true);
  });

  it.each([
    ["is cut off", 200, '{"ts":"1"}\n', "ended its answer before it was whole"],
    ["is none", 200, '{"type":"end"}\n', "no tracer service that this extension understands"],
    [
      "refuses",
      503,
      '{"error":{"code":"no_history","message":"no history\\u001b here"}}',
      "no history? here",
    ],
    ["is of an older service", 404, "{}", "too old to have a history"],
    ["is of something else", 500, "oops", "answered with status 500"],
  ])("says in one line why an answer that %s is of no use", async (_, status, body, message) => {
    answer = (_request, response) => {
      response.statusCode = status;
      response.end(body);
    };
    await expect(read()).rejects.toThrow(message);
  });

  it("ends when it is cancelled", async () => {
    const controller = new AbortController();
    answer = (_request, response) => {
      response.write('{"ts":"1"}\n');
      controller.abort(new Error("cancelled"));
    };
    await expect(read({}, controller.signal)).rejects.toThrow();
  });

  it("says why there is no connection", async () => {
    await expect(read({ target: { type: "unix", socketPath: `${socketPath}-none` } })).rejects.toThrow(
      "ENOENT",
    );
  });
});
