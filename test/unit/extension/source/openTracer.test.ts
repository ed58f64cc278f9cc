import { afterEach, describe, expect, it, vi } from "vitest";
import type { WebSocket } from "ws";
import { systemClock } from "../../../../extension/clock.ts";
import { tokenKey } from "../../../../extension/source/bearerToken.ts";
import { openTracer } from "../../../../extension/source/openTracer.ts";
import type { TracerSource } from "../../../../extension/source/tracerSource.ts";
import { events, EVERYTHING, frame, hello, RecordingSink, SUBSCRIBED } from "./fixtureStream.ts";
import { SocketServer } from "./socketServer.ts";

const TOKEN = "0123456789abcdef";
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A service that answers each request with one event more than it was asked to continue after. */
function serve(client: WebSocket): void {
  client.send(frame(hello()));
  client.on("message", (data: Buffer) => {
    const message = JSON.parse(data.toString()) as { type: string; since?: { seq: number } };
    if (message.type !== "subscribe") return;
    const seq = (message.since?.seq ?? 0) + 1;
    client.send(frame(SUBSCRIBED));
    client.send(frame({ type: "snapshot", count: 0, omitted: 0 }));
    client.send(events(seq, `event ${String(seq)}`));
  });
}

async function open(
  kind: "unix" | "port",
  token: string | undefined,
): Promise<{ server: SocketServer; source: TracerSource }> {
  const server = await SocketServer.listen(kind, serve);
  cleanups.push(() => server.close());
  const secrets = new Map<string, string>();
  if (token !== undefined && server.target.type === "url") secrets.set(tokenKey(server.target.url), token);
  const source = openTracer(server.target, {
    secrets: {
      get: (key) => Promise.resolve(secrets.get(key)),
      store: () => Promise.resolve(),
      delete: () => Promise.resolve(),
    },
    thisHost: "laptop",
    clock: { ...systemClock, random: () => 0 },
    log: () => undefined,
    tokenFile: () => undefined,
  });
  cleanups.push(() => {
    source.dispose();
  });
  return { server, source };
}

describe("openTracer", () => {
  it.each(["unix", "port"] as const)(
    "reads a service on a real %s, and goes on after a loss",
    async (kind) => {
      const { server, source } = await open(kind, TOKEN);
      const sink = new RecordingSink();
      source.subscribe(EVERYTHING, sink);
      await vi.waitFor(() => {
        expect(sink.names).toEqual(["event 1"]);
      });
      expect(source.name).toBe("node-a");
      server.clients[0]?.terminate();
      await vi.waitFor(() => {
        expect(sink.names).toEqual(["event 1", "event 2"]);
      });
      expect(server.requests).toHaveLength(2);
    },
  );

  it("sends a token only to a URL", async () => {
    const unix = await open("unix", TOKEN);
    const port = await open("port", TOKEN);
    await vi.waitFor(() => {
      expect([unix.source.state.type, port.source.state.type]).toEqual(["connected", "connected"]);
    });
    expect(unix.server.requests[0]?.headers.authorization).toBeUndefined();
    expect(port.server.requests[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it("asks nothing of a URL without a token, and says what to do", async () => {
    const { server, source } = await open("port", undefined);
    await vi.waitFor(() => {
      expect(source.state).toMatchObject({ type: "disconnected", retryMs: undefined });
    });
    expect(source.state).toMatchObject({ why: expect.stringMatching(/^there is no token for /) as string });
    expect(server.requests).toHaveLength(0);
  });
});
