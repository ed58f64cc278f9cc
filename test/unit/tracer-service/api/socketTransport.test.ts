import { describe, expect, it } from "vitest";

import { SocketTransport, type SendingSocket } from "../../../../tracer-service/api/socketTransport.ts";
import { closeReason } from "../../../../tracer-service/api/streamClosure.ts";

const ROOM = 131_072;

function setUp() {
  const calls: ((error?: Error) => void)[] = [];
  const closed: [number | undefined, string | Buffer | undefined][] = [];
  let drained = 0;
  const socket = {
    bufferedAmount: 0,
    readyState: 1 as 0 | 1 | 2 | 3,
    send: (data: string, sent: (error?: Error) => void) => {
      socket.bufferedAmount += data.length;
      calls.push(sent);
    },
    close: (code?: number, reason?: string | Buffer) => void closed.push([code, reason]),
  };
  const transport = new SocketTransport(socket as SendingSocket, () => drained++);
  /** The peer takes the oldest frame. */
  const take = (bytes: number): void => {
    socket.bufferedAmount -= bytes;
    calls.shift()?.();
  };
  return { socket, transport, take, calls, closed, drained: () => drained };
}

describe("SocketTransport", () => {
  it("does not report room to a reader that was never behind", () => {
    const { transport, take, drained } = setUp();
    transport.send("x");
    take(1);
    expect(drained()).toBe(0);
  });

  it("reports room once, when most of what waited is taken", () => {
    const { transport, take, drained } = setUp();
    for (let frame = 0; frame < 4; frame++) transport.send("x".repeat(ROOM));
    expect(transport.bufferedBytes).toBe(4 * ROOM);
    take(ROOM);
    take(ROOM);
    expect(drained()).toBe(0);
    take(ROOM);
    expect(drained()).toBe(1);
    take(ROOM);
    expect(drained()).toBe(1);
  });

  it("reports no room when the connection broke", () => {
    const { socket, transport, calls, drained } = setUp();
    transport.send("x".repeat(2 * ROOM));
    socket.bufferedAmount = 0;
    calls[0]?.(new Error("reset"));
    expect(drained()).toBe(0);
  });

  it("sends nothing to a connection that closes", () => {
    const { socket, transport, calls } = setUp();
    socket.readyState = 2;
    transport.send("x");
    expect(calls).toEqual([]);
  });

  it("closes with a reason that the protocol can carry", () => {
    const { transport, closed } = setUp();
    transport.close(1008, "ü".repeat(100));
    expect(closed).toEqual([[1008, "ü".repeat(61)]]);
    expect(closeReason("short")).toBe("short");
  });
});
