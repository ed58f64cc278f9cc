import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

import { HttpsApiServer } from "../../extension/cluster/api/httpsApiServer.ts";
import { askClaimedUser } from "../../extension/cluster/claimedUser.ts";
import { readKubeconfig } from "../../extension/cluster/kubeconfig/readKubeconfig.ts";
import { describeCluster } from "./support/describeCluster.ts";
import { clusterEntry, createToken } from "./support/serviceAccountAccess.ts";
import { TestNamespace } from "./support/testNamespace.ts";
import { container, pod } from "./support/workspacePods.ts";

const PORT = 7070;

describeCluster("a kubeconfig in the editor", () => {
  let own: TestNamespace;
  let directory: string;
  let kubeconfig: string;
  let proxy: Server;
  const asked: string[] = [];
  const sockets = new Set<Socket>();

  beforeAll(async () => {
    own = await TestNamespace.create("kubeconfig");
    await own.output("create", "serviceaccount", "few");
    await own.output(
      "create",
      "rolebinding",
      "few",
      "--clusterrole=edit",
      `--serviceaccount=${own.name}:few`,
    );
    const serve = container("dev", `mkdir /tmp/w; exec httpd -f -p 127.0.0.1:${String(PORT)} -h /tmp/w`);
    await own.apply(pod("main", "", { spec: { containers: [serve] } }));
    await own.wait("condition=Ready", "pod/main");
    directory = mkdtempSync(join(tmpdir(), "editor-kubeconfig-"));
    kubeconfig = join(directory, "config");
    proxy = await startProxy();
    const cluster = await clusterEntry();
    const credential = {
      ...{ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential" },
      status: { token: await createToken(own.name, "few", undefined, 3_600) },
    };
    const plugin = (name: string): object => ({
      exec: {
        apiVersion: "client.authentication.k8s.io/v1",
        ...{ command: "/bin/sh", interactiveMode: "Never" },
        args: ["-c", `touch ${directory}/${name}; echo '${JSON.stringify(credential)}'`],
      },
    });
    const proxyUrl = `http://127.0.0.1:${String((proxy.address() as AddressInfo).port)}`;
    const context = (name: string, user: string, where = "direct") => ({
      name,
      context: { cluster: where, user, namespace: own.name },
    });
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        ...{ apiVersion: "v1", kind: "Config", "current-context": "other" },
        clusters: [
          { name: "direct", cluster },
          { name: "proxied", cluster: { ...cluster, "proxy-url": proxyUrl } },
        ],
        users: [
          { name: "chosen", user: plugin("chosen") },
          { name: "other", user: plugin("other") },
          { name: "token", user: { token: credential.status.token } },
        ],
        contexts: [
          context("other", "other"),
          context("chosen", "chosen"),
          context("proxied", "token", "proxied"),
        ],
      }),
      { mode: 0o600 },
    );
  });

  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
    await own.close();
    rmSync(directory, { recursive: true });
  });

  /** Passes on whatever it is asked to connect to. */
  async function startProxy(): Promise<Server> {
    const server = createServer();
    server.on("connect", (connecting, client: Socket) => {
      const target = connecting.url ?? "";
      asked.push(target);
      const { hostname, port } = new URL(`https://${target}`);
      const there = connect(Number(port === "" ? 443 : port), hostname, () => {
        client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
        client.pipe(there).pipe(client);
      });
      for (const socket of [client, there]) {
        sockets.add(socket);
        socket.on("error", () => undefined);
      }
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    return server;
  }

  const open = (context: string): HttpsApiServer =>
    new HttpsApiServer(readKubeconfig(kubeconfig).open(context));
  const few = (): string => `system:serviceaccount:${own.name}:few`;

  it("has its contexts listed without running the programs of any, and then only that of the chosen one", async () => {
    const { all, current } = readKubeconfig(kubeconfig);
    expect(current).toBe("other");
    expect(all.map(({ name, plugin }) => [name, plugin])).toEqual([
      ["other", "/bin/sh"],
      ["chosen", "/bin/sh"],
      ["proxied", undefined],
    ]);
    const ran = (): boolean[] => ["chosen", "other"].map((name) => existsSync(join(directory, name)));
    expect(ran()).toEqual([false, false]);
    expect((await askClaimedUser(open("chosen")))?.username).toBe(few());
    expect(ran()).toEqual([true, false]);
  });

  it("has requests and tunnels to pods go through the proxy that it names, which learns where to", async () => {
    const api = open("proxied");
    expect((await askClaimedUser(api))?.username).toBe(few());
    const { host } = new URL((await clusterEntry()).server);
    const target = host.includes(":") ? host : `${host}:443`;
    expect(new Set(asked)).toEqual(new Set([target]));
    const before = asked.length;
    const tunnel = await api.tunnel({ namespace: own.name, pod: "main", port: PORT });
    const status = await new Promise((resolve, reject) => {
      const asking = request({ path: "/", createConnection: () => tunnel }, ({ statusCode }) => {
        resolve(statusCode);
      });
      asking.once("error", reject).end();
    });
    expect(status).toBe(404);
    expect(asked.slice(before)).toEqual([target]);
    tunnel.destroy();
  });
});
