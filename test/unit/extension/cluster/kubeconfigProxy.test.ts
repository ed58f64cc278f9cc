import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttp, type IncomingHttpHeaders, type Server } from "node:http";
import { createServer as createHttps } from "node:https";
import { connect, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { HttpsApiServer } from "../../../../extension/cluster/api/httpsApiServer.ts";
import { readKubeconfig } from "../../../../extension/cluster/kubeconfig/readKubeconfig.ts";

const PORT_OF_CHANNELS = [Buffer.from([0, 0x90, 0x1f]), Buffer.from([1, 0x90, 0x1f])];

describe("a kubeconfig that names a proxy", () => {
  let folder: string;
  let server: Server;
  let proxy: Server;
  /** What the proxy was asked to reach, and what it could read of that. */
  let asked: { readonly target: string | undefined; readonly headers: IncomingHttpHeaders }[];
  let authorizations: (string | undefined)[];
  let refuse: boolean;
  const sockets = new Set<Socket>();

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "kubeconfig-proxy-"));
    [asked, authorizations, refuse] = [[], [], false];
    const certificate = { key: join(folder, "tls.key"), cert: join(folder, "tls.crt") };
    execFileSync(
      "openssl",
      [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
        ...["-subj", "/CN=api", "-addext", "subjectAltName=IP:127.0.0.1"],
        ...["-keyout", certificate.key, "-out", certificate.cert],
      ],
      { stdio: "ignore" },
    );
    const tls = { key: readFileSync(certificate.key), cert: readFileSync(certificate.cert) };
    server = createHttps(tls, (request, response) => {
      authorizations.push(request.headers.authorization);
      response.end(JSON.stringify({ path: request.url }));
    });
    const webSockets = new WebSocketServer({ noServer: true });
    server.on("upgrade", (request, socket, head) => {
      authorizations.push(request.headers.authorization);
      webSockets.handleUpgrade(request, socket, head, (client) => {
        for (const port of PORT_OF_CHANNELS) client.send(port);
        client.on("message", (data: Buffer) => {
          client.send(data);
        });
      });
    });
    proxy = createHttp();
    proxy.on("connect", (request, client: Socket) => {
      asked.push({ target: request.url, headers: request.headers });
      if (refuse) {
        client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
        return;
      }
      const { port } = server.address() as AddressInfo;
      const there = connect(port, "127.0.0.1", () => {
        client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
        client.pipe(there).pipe(client);
      });
      for (const socket of [client, there]) socket.on("error", () => undefined);
    });
    for (const each of [server, proxy]) {
      each.on("connection", (socket: Socket) => sockets.add(socket));
      await once(each.listen(0, "127.0.0.1"), "listening");
    }
  });

  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    server.close();
    proxy.close();
    rmSync(folder, { recursive: true });
  });

  const portOf = (of: Server): string => String((of.address() as AddressInfo).port);

  function open(): HttpsApiServer {
    const path = join(folder, "config");
    const cluster = {
      server: `https://127.0.0.1:${portOf(server)}`,
      "proxy-url": `http://127.0.0.1:${portOf(proxy)}`,
      "certificate-authority": join(folder, "tls.crt"),
    };
    const config = {
      "current-context": "c",
      clusters: [{ name: "c", cluster }],
      users: [{ name: "u", user: { token: "secret" } }],
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    };
    writeFileSync(path, JSON.stringify(config));
    return new HttpsApiServer(readKubeconfig(path).open("c"));
  }

  it("is reached through it, which learns where to and nothing else", async () => {
    expect(await open().call({ path: "/version" })).toEqual({ path: "/version" });
    expect(authorizations).toEqual(["Bearer secret"]);
    expect(asked.map(({ target }) => target)).toEqual([`127.0.0.1:${portOf(server)}`]);
    expect(JSON.stringify(asked)).not.toContain("secret");
  });

  it("has its tunnels to pods go through it, too", async () => {
    const tunnel = await open().tunnel({ namespace: "process-logging", pod: "tracer-1", port: 8080 });
    tunnel.write("ping");
    const [answer] = (await once(tunnel, "data")) as [Buffer];
    expect(answer.toString()).toBe("ping");
    tunnel.destroy();
    expect(authorizations).toEqual(["Bearer secret"]);
    expect(asked.map(({ target }) => target)).toEqual([`127.0.0.1:${portOf(server)}`]);
    expect(JSON.stringify(asked)).not.toContain("secret");
  });

  it.each([
    ["requests", (api: HttpsApiServer): Promise<unknown> => api.call({ path: "/version" })],
    ["tunnels", (api: HttpsApiServer): Promise<unknown> => api.tunnel({ namespace: "n", pod: "p", port: 1 })],
  ])("does not go around a proxy that refuses %s", async (_, ask) => {
    refuse = true;
    await expect(ask(open())).rejects.toThrow(/^[^\n]+$/);
    expect(asked).toHaveLength(1);
    expect(authorizations).toEqual([]);
  });
});
