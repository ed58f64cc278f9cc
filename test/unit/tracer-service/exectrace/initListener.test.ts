import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  openInitListener,
  type InitLimits,
  type InitListener,
  type InitReceiver,
  type InitVerdict,
} from "../../../../tracer-service/exectrace/initListener.ts";

const anyPort = { host: "127.0.0.1", port: 0 };
const patient: InitLimits = { headersMs: 60_000, requestMs: 60_000, checkMs: 1_000 };
const impatient: InitLimits = { headersMs: 50, requestMs: 100, checkMs: 10 };
const accepted: InitVerdict = { type: "accepted" };

class FakeReceiver implements InitReceiver {
  readonly submitted: number[] = [];
  readonly refusals: string[] = [];
  decide: (inode: number) => InitVerdict | Promise<InitVerdict> = () => accepted;

  async submit(inode: number): Promise<InitVerdict> {
    this.submitted.push(inode);
    return await this.decide(inode);
  }

  refused(reason: string): void {
    this.refusals.push(reason);
  }
}

const open: InitListener[] = [];
const receiver = new FakeReceiver();

async function listen(limits = patient, address = anyPort): Promise<InitListener> {
  const listener = await openInitListener(address, receiver, limits);
  open.push(listener);
  return listener;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((listener) => listener.close()));
  receiver.submitted.length = 0;
  receiver.refusals.length = 0;
  receiver.decide = () => accepted;
});

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

async function post(url: string, body: string, headers: Record<string, string> = {}): Promise<Answer> {
  const request = httpRequest(url, { method: "POST", headers, agent: false });
  request.end(body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}

async function dial(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/** All that comes back for these bytes until the other side closes. */
async function exchange(url: string, bytes: string | Uint8Array): Promise<string> {
  const socket = await dial(url);
  socket.write(bytes);
  return await text(socket);
}

async function isRefused(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  try {
    await once(socket, "connect");
    socket.destroy();
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ECONNREFUSED";
  }
}

/** What was sent before has reached the server when this resolves. */
async function roundTrip(listener: InitListener): Promise<void> {
  expect((await post(listener.url, "hello")).status).toBe(400);
}

const hasCurl = spawnSync("curl", ["--version"]).status === 0;

/** Sends as the start script of Coder's template does; resolves with curl's exit status. */
function curl(url: string, inode: string): Promise<number> {
  const flags = [
    "--fail",
    "--silent",
    "--connect-timeout",
    "5",
    "-X",
    "POST",
    "-H",
    "Content-Type: text/plain",
  ];
  return new Promise((resolve) => {
    const child = execFile("curl", ["--noproxy", "*", ...flags, "--data", inode, url], () => {
      resolve(child.exitCode ?? -1);
    });
  });
}

describe("a listener for the PID namespace", () => {
  it("answers the first good request with 204 and closes", async () => {
    const listener = await listen();
    expect(await post(listener.url, "4026532001\n")).toEqual({ status: 204, body: "" });
    await listener.closed;
    expect(receiver.submitted).toEqual([4026532001]);
    expect(receiver.refusals).toEqual([]);
    expect(await isRefused(listener.url)).toBe(true);
  });

  it.skipIf(!hasCurl)("understands the curl call of Coder's template", async () => {
    const listener = await listen();
    const httpError = 22;
    expect(await curl(listener.url, "")).toBe(httpError);
    receiver.decide = () => ({ type: "refused", reason: "not here" });
    expect(await curl(listener.url, "4026532001")).toBe(httpError);
    receiver.decide = () => accepted;
    expect(await curl(listener.url, "4026532001")).toBe(0);
    await listener.closed;
    const noConnection = 7;
    expect(await curl(listener.url, "4026532001")).toBe(noConnection);
    expect(receiver.submitted).toEqual([4026532001, 4026532001]);
  });

  const good: [string, string][] = [
    ["without a Content-Type", "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n4026532001"],
    ["of HTTP/1.0, without a Host", "POST / HTTP/1.0\r\nContent-Length: 10\r\n\r\n4026532001"],
    [
      "of HTTP/1.0 that expects what only HTTP/1.1 has",
      "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n4026532001",
    ],
    [
      "in chunks",
      "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n4026\r\n6\r\n532001\r\n0\r\n\r\n",
    ],
    [
      "that wants to keep the connection",
      "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\nContent-Length: 10\r\n\r\n4026532001",
    ],
    [
      "that offers an upgrade, which is not taken",
      "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" +
        "HTTP2-Settings: AAMAAABk\r\nContent-Length: 10\r\n\r\n4026532001",
    ],
  ];
  it.each(good)("accepts a request %s", async (_name, bytes) => {
    const listener = await listen();
    expect(await exchange(listener.url, bytes)).toMatch(/^HTTP\/1\.1 204 No Content\r\n/);
    await listener.closed;
    expect(receiver.submitted).toEqual([4026532001]);
  });

  const start = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  const bad: [string, string | Uint8Array][] = [
    ["bytes that are no HTTP", "4026532001\r\n\r\n"],
    ["a TLS handshake", Uint8Array.of(0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3)],
    ["the start of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["a CONNECT", "CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"],
    [
      "a WebSocket",
      "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    ],
    ["a GET", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"],
    ["no Host", "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n4026532001"],
    ["a web page's request", `${start}Origin: https://example.com\r\nContent-Length: 10\r\n\r\n4026532001`],
    [
      "headers of 5,000 bytes",
      `${start}X-Padding: ${"x".repeat(5_000)}\r\nContent-Length: 10\r\n\r\n4026532001`,
    ],
    ["two lengths", `${start}Content-Length: 10\r\nContent-Length: 11\r\n\r\n4026532001`],
    ["a length and chunks", `${start}Content-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ["a body that is too long by its length", `${start}Content-Length: 17\r\n\r\n4026532001       `],
    [
      "a body that is too long in chunks",
      `${start}Transfer-Encoding: chunked\r\n\r\na\r\n4026532001\r\n7\r\n       \r\n0\r\n\r\n`,
    ],
    ["a chunk without end", `${start}Transfer-Encoding: chunked\r\n\r\nfffffff\r\n${" ".repeat(10_000)}`],
    ["no body", `${start}\r\n`],
    ["an unknown expectation", `${start}Expect: a-miracle\r\nContent-Length: 10\r\n\r\n4026532001`],
    [
      "a body that is announced and not wanted",
      `${start}Expect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n`,
    ],
  ];
  it.each(bad)("answers 400 to %s and goes on waiting", async (name, bytes) => {
    const listener = await listen();
    expect(await exchange(listener.url, bytes)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[^]*\r\n\r\n/);
    expect(receiver.submitted).toEqual([]);
    // Node answers a missing Host by itself.
    expect(receiver.refusals.length).toBe(name === "no Host" ? 0 : 1);
    expect((await post(listener.url, "4026532001")).status).toBe(204);
  });

  it("says 100 before it reads a body that waits for it", async () => {
    const listener = await listen();
    const socket = await dial(listener.url);
    socket.write(`${start}Expect: 100-continue\r\nContent-Length: 10\r\n\r\n`);
    const [interim] = (await once(socket, "data")) as [Buffer];
    expect(interim.toString()).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    socket.write("4026532001");
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 204 /);
  });

  it("tells why a namespace was refused, and asks to try again after its own failure", async () => {
    const listener = await listen();
    receiver.decide = () => ({ type: "refused", reason: "not of this pod" });
    expect(await post(listener.url, "4026532001")).toEqual({ status: 400, body: "not of this pod\n" });
    receiver.decide = () => ({ type: "failed", reason: "the tracer failed" });
    expect(await post(listener.url, "4026532001")).toEqual({ status: 503, body: "the tracer failed\n" });
    receiver.decide = () => accepted;
    expect((await post(listener.url, "4026532001")).status).toBe(204);
  });

  it.each([
    ["sends nothing", ""],
    ["sends no end of its headers", "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-"],
    ["sends no end of its body", `${start}Content-Length: 10\r\n\r\n402653`],
  ])("does not wait for a client that %s", async (_name, bytes) => {
    const listener = await listen(impatient);
    expect(await exchange(listener.url, bytes)).toMatch(/^HTTP\/1\.1 400 [^]*within a few seconds\n$/);
    expect(receiver.submitted).toEqual([]);
  });

  it("cuts connections beyond its bound at once", async () => {
    const listener = await listen();
    const held = await Promise.all(Array.from({ length: 16 }, () => dial(listener.url)));
    expect(await text(await dial(listener.url)).catch(() => "")).toBe("");
    expect(receiver.refusals).toEqual([]);
    for (const socket of held) socket.destroy();
  });

  it("survives a client that breaks off in its body", async () => {
    const listener = await listen();
    const socket = await dial(listener.url);
    socket.write(`${start}Content-Length: 10\r\n\r\n402653`);
    await roundTrip(listener);
    socket.resetAndDestroy();
    await roundTrip(listener);
    expect(receiver.submitted).toEqual([]);
    expect((await post(listener.url, "4026532001")).status).toBe(204);
  });

  it("serves a workspace again after others have held all connections", async () => {
    const listener = await listen(impatient);
    const silent = await Promise.all(Array.from({ length: 40 }, () => dial(listener.url)));
    await Promise.all(silent.map((socket) => text(socket).catch(() => "")));
    expect((await post(listener.url, "4026532001")).status).toBe(204);
  });

  it("decides on one request after another and accepts one", async () => {
    const listener = await listen();
    const first = Promise.withResolvers<InitVerdict>();
    receiver.decide = (inode) => (inode === 1001 ? first.promise : accepted);
    const refused = post(listener.url, "1001");
    await vi.waitUntil(() => receiver.submitted.length === 1);
    const winner = post(listener.url, "1002");
    const second = post(listener.url, "1003").catch(() => "cut");
    const late = await dial(listener.url);
    late.write(`${start}Content-Length: 4\r\n\r\n1`);
    await roundTrip(listener);
    expect(receiver.submitted).toEqual([1001]);
    first.resolve({ type: "refused", reason: "no" });
    expect((await refused).status).toBe(400);
    expect((await winner).status).toBe(204);
    await second;
    expect(await text(late).catch(() => "")).toBe("");
    await listener.closed;
    expect(receiver.submitted).toEqual([1001, 1002]);
  });

  it("takes one request of a connection, however many are sent", async () => {
    const listener = await listen();
    receiver.decide = () => ({ type: "refused", reason: "no" });
    const one = `${start}Content-Length: 4\r\n\r\n1001`;
    const answers = await exchange(listener.url, one.repeat(3));
    expect(answers).toMatch(/^HTTP\/1\.1 400 /);
    expect(receiver.submitted).toEqual([1001]);
  });

  it("closes when the client has gone before it was accepted", async () => {
    const listener = await listen();
    const verdict = Promise.withResolvers<InitVerdict>();
    receiver.decide = () => verdict.promise;
    const idle = await dial(listener.url);
    const socket = await dial(listener.url);
    socket.write(`${start}Content-Length: 10\r\n\r\n4026532001`);
    await vi.waitUntil(() => receiver.submitted.length === 1);
    socket.resetAndDestroy();
    await roundTrip(listener);
    verdict.resolve(accepted);
    expect(await text(idle).catch(() => "")).toBe("");
    await listener.closed;
  });

  it("can be opened again at the same address as soon as it has closed", async () => {
    const first = await listen();
    await post(first.url, "4026532001");
    await first.closed;
    const again = await listen(patient, { host: "127.0.0.1", port: Number(new URL(first.url).port) });
    expect(again.url).toBe(first.url);
    expect((await post(again.url, "4026532002")).status).toBe(204);
  });

  it("closes when it is told to, with open connections", async () => {
    const listener = await listen();
    const socket = await dial(listener.url);
    await listener.close();
    await listener.close();
    expect(await text(socket).catch(() => "")).toBe("");
    expect(await isRefused(listener.url)).toBe(true);
  });

  it("says in one line that another program has the port", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    await expect(openInitListener({ host: "127.0.0.1", port }, receiver)).rejects.toThrow(
      new RegExp(
        `^could not listen on http://127\\.0\\.0\\.1:${String(port)}: address already in use: [^\\n]+$`,
      ),
    );
    other.close();
  });

  const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
    all?.some(({ address }) => address === "::1"),
  );
  it.skipIf(!hasIpv6)("listens on the IPv6 loopback address", async () => {
    const listener = await listen(patient, { host: "::1", port: 0 });
    expect(listener.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect((await post(listener.url, "4026532001")).status).toBe(204);
  });
});
