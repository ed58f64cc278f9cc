import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { Socket, type AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";

import { STREAM_SUBPROTOCOL } from "../../../../protocol/stream.ts";
import { ApiCounts } from "../../../../tracer-service/api/apiCounts.ts";
import { StreamEndpoint } from "../../../../tracer-service/api/streamEndpoint.ts";
import type { PermissionChanges } from "../../../../tracer-service/api/gate.ts";
import { CLOSURES } from "../../../../tracer-service/api/streamClosure.ts";
import { fullSight } from "../../../../tracer-service/stream/sight.ts";
import type { StreamHub } from "../../../../tracer-service/stream/streamHub.ts";
import { noObserver } from "../../../../tracer-service/stream/streamObserver.ts";

const PING_MS = 20;

describe("StreamEndpoint", () => {
  let counts: ApiCounts;
  let endpoint: StreamEndpoint;
  let server: Server;
  let received: string[];
  let gone: number;
  let ended: Promise<number>;
  let permission: PermissionChanges | undefined;
  let unfollowed: number;
  let sightChanges: number;

  const follow = (changes: PermissionChanges) => {
    permission = changes;
    return () => {
      unfollowed++;
    };
  };

  beforeEach(async () => {
    counts = new ApiCounts();
    received = [];
    gone = unfollowed = sightChanges = 0;
    const client = {
      receive: (text: string) => void received.push(text),
      drained: () => undefined,
      sightChanged: () => {
        sightChanges++;
      },
      closed: () => {
        gone++;
      },
    };
    const hub = { connect: () => client } as unknown as Pick<StreamHub, "connect">;
    endpoint = new StreamEndpoint({ hub, counts, liveness: { pingMs: PING_MS, patience: 3 } });
    server = createServer();
    ended = new Promise((resolve) => {
      server.on("upgrade", (request, socket, head) => {
        if (!(socket instanceof Socket)) throw new Error("no socket");
        const first = request.url === "/first" ? "as if sent" : undefined;
        const admission = { sight: fullSight, follow };
        endpoint.open(
          request,
          { socket, head, first, admission, observer: noObserver },
          { opened: () => undefined, ended: resolve },
        );
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });

  afterEach(async () => {
    await endpoint.close();
    server.closeAllConnections();
    server.close();
  });

  const open = async (path = "/", autoPong = true): Promise<WebSocket> => {
    const { port } = server.address() as AddressInfo;
    const socket = new WebSocket(`ws://127.0.0.1:${String(port)}${path}`, STREAM_SUBPROTOCOL, { autoPong });
    socket.on("error", () => undefined);
    await once(socket, "open");
    return socket;
  };

  it("gives the hub what the query asked for, then what the reader says", async () => {
    const socket = await open("/first");
    socket.send("message");
    await vi.waitFor(() => {
      expect(received).toEqual(["as if sent", "message"]);
    });
  });

  it("cuts a reader that gives no sign of life", async () => {
    await open("/", false);
    expect(await ended).toBe(1006);
    expect({ gone, size: endpoint.size }).toEqual({ gone: 1, size: 0 });
    expect([...counts.closed]).toEqual([[1006, 1]]);
  });

  it("keeps one that answers for longer than the others have", async () => {
    const socket = await open();
    for (let ping = 0; ping < 8; ping++) await once(socket, "ping");
    expect({ state: socket.readyState, size: endpoint.size }).toEqual({ state: WebSocket.OPEN, size: 1 });
  });

  it("ends a reader that sends without pause", async () => {
    const socket = await open();
    for (let message = 0; message < 300; message++) socket.send("x");
    const [code, reason] = (await once(socket, "close")) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([1008, expect.stringMatching(/too many messages/)]);
    expect(received).toHaveLength(200);
  });

  it("passes on that permissions have changed, and ends a stream whose permission is gone", async () => {
    const socket = await open();
    permission?.changed();
    expect({ sightChanges, unfollowed }).toEqual({ sightChanges: 1, unfollowed: 0 });
    const closed = once(socket, "close");
    permission?.revoked(CLOSURES.tokenEnded);
    expect((await closed)[0]).toBe(4401);
    await ended;
    expect({ gone, unfollowed }).toEqual({ gone: 2, unfollowed: 1 });
    expect([...counts.closed]).toEqual([[4401, 1]]);
  });

  it("tells its readers when the service stops", async () => {
    const socket = await open();
    const closed = once(socket, "close");
    await endpoint.close();
    expect((await closed)[0]).toBe(1001);
    expect([...counts.closed]).toEqual([[1001, 1]]);
  });

  it("does not wait for ever for one that does not read", async () => {
    const socket = await open();
    socket.pause();
    await endpoint.close();
    expect(endpoint.size).toBe(0);
    socket.terminate();
  });
});
