import { once } from "node:events";
import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { openPodTunnel } from "../../../../../extension/cluster/api/podTunnel.ts";

/** A message of the kubelet's own framing: a channel, and what is in it. */
function frame(...bytes: readonly number[]): Buffer {
  return Buffer.from([0x82, bytes.length, ...bytes]);
}

describe("openPodTunnel", () => {
  let server: Server;
  let far: Promise<Socket>;

  beforeEach(async () => {
    server = createServer();
    far = once(server, "upgrade").then(([request, socket]) => {
      const { headers } = request as { readonly headers: Record<string, string> };
      const key = `${headers["sec-websocket-key"] ?? ""}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
      const accept = createHash("sha1").update(key).digest("base64");
      (socket as Socket).write(
        [
          ...["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"],
          ...[`Sec-WebSocket-Accept: ${accept}`, "Sec-WebSocket-Protocol: v4.channel.k8s.io", "", ""],
        ].join("\r\n"),
      );
      return socket as Socket;
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
  });

  afterEach(async () => {
    (await far).destroy();
    server.close();
  });

  it("says what the other end says, also to who writes while it closes", async () => {
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const opening = openPodTunnel(url, {}, { namespace: "n", pod: "p", port: 7999 });
    const [tunnel, socket] = await Promise.all([opening, far]);
    socket.write(frame(1, 0x3f, 0x1f));
    socket.write(frame(1, ...Buffer.from("connection\nrefused")));
    // A close, after which the connection is still open for a moment.
    socket.write(Buffer.from([0x88, 0]));
    await once(socket, "data");
    const failed = once(tunnel.resume(), "error") as Promise<[Error]>;
    tunnel.write("x");
    socket.end();
    const [error] = await failed;
    expect(error.message).toBe("nothing answers on port 7999 of pod p: connection refused");
  });
});
