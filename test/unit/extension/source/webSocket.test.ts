import { writeFile } from "node:fs/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type ConnectionError, toConnectionError } from "../../../../extension/source/connectionError.ts";
import type { ConnectionTarget } from "../../../../extension/source/connectionTarget.ts";
import type { StreamSocket, StreamSocketHandlers } from "../../../../extension/source/streamSocket.ts";
import { openWebSocket } from "../../../../extension/source/webSocket.ts";
import { SocketServer } from "./socketServer.ts";

const TOKEN = "0123456789abcdef";
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

class Recorder implements StreamSocketHandlers {
  readonly messages: string[] = [];
  readonly closes: ConnectionError[] = [];

  message(text: Uint8Array): void {
    this.messages.push(Buffer.from(text).toString());
  }

  closed(error: ConnectionError): void {
    this.closes.push(error);
  }
}

async function listen(kind: "unix" | "port", answer: SocketServer["answer"]): Promise<SocketServer> {
  const server = await SocketServer.listen(kind, answer);
  cleanups.push(() => server.close());
  return server;
}

async function open(
  target: ConnectionTarget,
  recorder: Recorder,
  livenessMs = 60_000,
): Promise<StreamSocket> {
  const socket = await openWebSocket(target, { token: TOKEN, livenessMs }, recorder);
  cleanups.push(() => {
    socket.close();
  });
  return socket;
}

async function refused(target: ConnectionTarget): Promise<ConnectionError> {
  return openWebSocket(target, { token: TOKEN }, new Recorder()).then(
    () => {
      throw new Error("it was let in");
    },
    (error: unknown) => toConnectionError(error),
  );
}

describe("openWebSocket", () => {
  it.each(["unix", "port"] as const)("talks to a service on a %s", async (kind) => {
    const heard: string[] = [];
    const server = await listen(kind, (client) => {
      client.on("message", (data: Buffer) => heard.push(data.toString()));
      client.send("first");
      client.send("second ✓");
    });
    const recorder = new Recorder();
    const socket = await open(server.target, recorder);
    socket.send("hello");
    await vi.waitFor(() => {
      expect(heard).toEqual(["hello"]);
      expect(recorder.messages).toEqual(["first", "second ✓"]);
    });
  });

  it("asks for this version of the stream, with the token in its header and nowhere else", async () => {
    const server = await listen("port", () => undefined);
    await open(server.target, new Recorder());
    const [request] = server.requests;
    expect(request?.headers["sec-websocket-protocol"]).toBe("process-logging.v1");
    expect(request?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    expect(request?.url).toBe("/v1/stream?events=none");
    expect(request?.headers.origin).toBeUndefined();
  });

  it("gives no message before the caller has its socket, even where the service speaks first", async () => {
    const server = await listen("unix", (client) => {
      client.send("hello");
    });
    const order: string[] = [];
    const recorder: StreamSocketHandlers = {
      message: (text) => order.push(Buffer.from(text).toString()),
      closed: () => undefined,
    };
    const socket = await openWebSocket(server.target, { token: undefined }, recorder).then((opened) => {
      order.push("open");
      return opened;
    });
    cleanups.push(() => {
      socket.close();
    });
    await vi.waitFor(() => {
      expect(order).toEqual(["open", "hello"]);
    });
  });

  it.each<[number, boolean, string]>([
    [401, true, "does not accept the token"],
    [403, true, "does not let you read"],
    [404, true, "no tracer service"],
    [426, true, "does not speak process-logging.v1"],
    [503, false, "takes no more readers now"],
    [500, false, "answered with status 500"],
    [302, false, "answered with status 302"],
  ])("says why it was refused with %d, and whether that is final: %s", async (status, final, why) => {
    const server = await listen("unix", status);
    const error = await refused(server.target);
    expect(error.message).toContain(why);
    expect(error.final).toBe(final);
    expect(server.requests).toHaveLength(1);
  });

  it("says where nothing listens, and that it is worth another try", async () => {
    const server = await listen("unix", 500);
    if (server.target.type !== "unix") throw new Error("no Unix socket");
    const path = `${server.target.socketPath}.none`;
    const missing = await refused({ type: "unix", socketPath: path });
    expect(missing.message).toBe(`no tracer service listens on ${path}: is it installed and started?`);
    expect(missing.final).toBe(false);
    await writeFile(path, "");
    expect((await refused({ type: "unix", socketPath: path })).message).toContain("nobody answers on");
  });

  it.each<[string, (server: SocketServer) => void, string]>([
    ["the service stops", ({ clients }) => clients[0]?.close(1001, "bye"), "the tracer service has stopped"],
    ["the connection breaks", ({ clients }) => clients[0]?.terminate(), "was lost"],
    [
      "the service refuses a message",
      ({ clients }) => clients[0]?.close(1008, "bad\nfilter\x1b[31m"),
      "the tracer service ended the connection (1008: bad?filter?[31m)",
    ],
    [
      "it sends binary messages",
      ({ clients }) => clients[0]?.send(Buffer.from("x")),
      "sends binary messages",
    ],
  ])("tells once when %s", async (_, act, why) => {
    const server = await listen("unix", () => undefined);
    const recorder = new Recorder();
    await open(server.target, recorder);
    act(server);
    await vi.waitFor(() => {
      expect(recorder.closes).toHaveLength(1);
    });
    expect(recorder.closes[0]?.message).toContain(why);
    expect(recorder.closes[0]?.final).toBe(false);
  });

  it("reads nothing while it is paused, so that the service sees a slow reader", async () => {
    const server = await listen("unix", () => undefined);
    const recorder = new Recorder();
    const socket = await open(server.target, recorder);
    // Let the first reading begin, which follows the opening.
    server.clients[0]?.send("begin");
    await vi.waitFor(() => {
      expect(recorder.messages).toEqual(["begin"]);
    });
    socket.pause();
    const message = "x".repeat(1024 * 1024);
    for (let each = 0; each < 8; each++) server.clients[0]?.send(message);
    await vi.waitFor(() => {
      expect(server.clients[0]?.bufferedAmount).toBeGreaterThan(4 * 1024 * 1024);
    });
    expect(recorder.messages).toHaveLength(1);
    socket.resume();
    await vi.waitFor(() => {
      expect(recorder.messages).toHaveLength(9);
    });
  });

  it("tells nothing more once it is closed, and ends the connection", async () => {
    const server = await listen("unix", () => undefined);
    const recorder = new Recorder();
    const socket = await open(server.target, recorder);
    const closed = new Promise<number>((resolve) => server.clients[0]?.on("close", resolve));
    socket.pause();
    server.clients[0]?.send("too late");
    socket.close();
    expect(await closed).toBe(1000);
    socket.send("after the end");
    expect(recorder).toEqual(new Recorder());
  });

  it("ends a connection that gives no sign of life, and keeps one that does", async () => {
    const server = await listen("unix", (client, request) => {
      if (server.requests[0] !== request) return;
      // The first one answers no ping.
      client.pong = () => undefined;
    });
    const [dead, alive] = [new Recorder(), new Recorder()];
    await open(server.target, dead, 20);
    await open(server.target, alive, 20);
    await vi.waitFor(() => {
      expect(dead.closes[0]?.message).toContain("no sign of life");
    });
    expect(alive.closes).toEqual([]);
  });
});
