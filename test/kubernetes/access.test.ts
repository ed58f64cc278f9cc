import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request as tlsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";

import type { WorkspaceState } from "../../protocol/stream.ts";
import { LINES_A_WINDOW } from "../../tracer-service/output/lineLimit.ts";
import { ApiReader, ask, refusal, refusalCode, type ApiAnswer } from "../service/support/apiReader.ts";
import { ApiServerProxy } from "./support/apiServerProxy.ts";
import { describeCluster } from "./support/describeCluster.ts";
import { apply, kubectl, type Manifest } from "./support/kubectl.ts";
import { ServedEvents } from "./support/servedEvents.ts";
import { clusterEntry, createToken, writeServiceAccountConfig } from "./support/serviceAccountAccess.ts";
import { signedToken, signingKeyFile } from "./support/signedToken.ts";
import { TestNamespace } from "./support/testNamespace.ts";
import { until } from "./support/until.ts";

const AUDIENCE = "processlogging.dev";
const CACHE_MS = 2_000;
const readerYaml = readFileSync(new URL("../../deploy/kubernetes/base/reader.yaml", import.meta.url), "utf8");

describeCluster("access to a tracer", () => {
  let a: TestNamespace;
  let b: TestNamespace;
  let proxy: ApiServerProxy;
  let directory: string;
  let kubeconfig: string;
  let clusterScoped: Manifest[];
  let served: ServedEvents;
  let readers: ApiReader[];

  beforeAll(async () => {
    [a, b] = [await TestNamespace.create("access-a"), await TestNamespace.create("access-b")];
    directory = mkdtempSync(join(tmpdir(), "access-"));
    kubeconfig = join(directory, "kubeconfig");
    const documents = parseAllDocuments(readerYaml).map((document) => document.toJS() as Manifest);
    const reader = documents.find(({ kind }) => kind === "ClusterRole");
    if (reader === undefined) throw new Error("there is no ClusterRole for readers");
    clusterScoped = [
      { ...reader, metadata: { name: roleName("reader") } },
      clusterRole("reviews", [
        { apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] },
        { apiGroups: ["authorization.k8s.io"], resources: ["subjectaccessreviews"], verbs: ["create"] },
      ]),
      clusterRole("metrics", [{ nonResourceURLs: ["/metrics"], verbs: ["get"] }]),
      clusterBinding("reviews", "tracer"),
      clusterBinding("metrics", "scraper"),
      { ...clusterBinding("reader", "auditor") },
    ];
    await apply(clusterScoped);
    await a.apply(...["tracer", "scraper", "auditor"].map(account));
    proxy = await ApiServerProxy.start((await clusterEntry()).server);
    await writeServiceAccountConfig(kubeconfig, { namespace: a.name, name: "tracer", server: proxy.url });
    certificate("one");
  });

  beforeEach(async () => {
    readers = [];
    proxy.restore();
    // Of each test its own: an answer about another one may still be remembered by the API server.
    await a.apply(account("viewer"), binding("viewer"));
    certificate("one");
    await serve("processes");
  });

  afterEach(async () => {
    proxy.restore();
    await Promise.all(readers.map((reader) => reader.end()));
    await served.close();
    await a.kubectl("delete", "serviceaccount/viewer", "rolebinding/viewer", "--ignore-not-found");
    await b.kubectl("delete", "rolebinding/viewer", "--ignore-not-found");
  });

  afterAll(async () => {
    const items = JSON.stringify({ apiVersion: "v1", kind: "List", items: clusterScoped });
    await kubectl(["delete", "--filename=-", "--ignore-not-found"], items);
    await Promise.all([a.close(), b.close()]);
    await proxy.close();
    rmSync(directory, { recursive: true });
  });

  /** `permission`: what opens a namespace. */
  async function serve(permission: "processes" | "pods/log"): Promise<void> {
    const access = {
      ...{ permission, audience: AUDIENCE, cacheMs: CACHE_MS, kubeconfig },
      probeSocket: join(directory, "probe.sock"),
      metrics: {
        ...{
          host: "127.0.0.1",
          port: 0,
          audience: "metrics.example",
          certFile: at("tls.crt"),
          keyFile: at("tls.key"),
        },
      },
    };
    served = await ServedEvents.start(access, mkdtempSync(at("state-")));
    served.addWorkspace(a.name, "jessie");
    served.addWorkspace(b.name, "robin");
    for (let index = 0; index < 5; index++) served.exec(b.name, "others-before");
    served.exec(a.name, "own-before");
    served.exec(undefined, "nobodys-before");
    served.lose(b.name, 100);
    served.lose(undefined, 1_000);
  }

  const at = (name: string): string => join(directory, name);
  const roleName = (name: string): string => `${a.name}-${name}`;
  const account = (name: string): Manifest => ({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name },
  });
  const clusterRole = (name: string, rules: object[]): Manifest => ({
    ...{
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: roleName(name) },
      rules,
    },
  });
  const roleRef = (name: string) => ({
    ...{ apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: roleName(name) },
  });
  const clusterBinding = (role: string, name: string): Manifest => ({
    ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding" },
    ...{ metadata: { name: roleName(role) }, roleRef: roleRef(role) },
    subjects: [{ kind: "ServiceAccount", name, namespace: a.name }],
  });
  const binding = (name: string): Manifest => ({
    ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata: { name } },
    ...{ roleRef: roleRef("reader"), subjects: [{ kind: "ServiceAccount", name, namespace: a.name }] },
  });

  /** Where the tracer's certificate is, another one. */
  const certificate = (name: string): void => {
    execFileSync(
      "openssl",
      [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
        ...["-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1"],
        ...["-keyout", at("tls.key"), "-out", at("tls.crt")],
      ],
      { stdio: "ignore" },
    );
  };

  const tokenOf = (name: string, audience = AUDIENCE): Promise<string> => createToken(a.name, name, audience);
  const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
  const get = (path: string, token?: string): Promise<ApiAnswer> =>
    ask({ port: served.port("API") }, path, token === undefined ? {} : { headers: bearer(token) });
  const stream = async (token: string, query = "?since=0", headers = {}): Promise<ApiReader> => {
    const options = { query, headers: { ...bearer(token), ...headers } };
    const reader = await ApiReader.open({ port: served.port("API") }, options);
    readers.push(reader);
    return reader;
  };
  const namesIn = (answer: ApiAnswer): (string | undefined)[] => {
    const { workspaces } = JSON.parse(answer.body) as { readonly workspaces: readonly WorkspaceState[] };
    return workspaces.map(({ namespace }) => namespace);
  };

  it("shows a reader of one namespace nothing of another, in lists, counts, losses, streams and replay", async () => {
    const token = await tokenOf("viewer");
    const answer = await get("/v1/workspaces", token);
    expect({ status: answer.status, names: namesIn(answer) }).toEqual({ status: 200, names: [a.name] });
    const reader = await stream(token);
    served.exec(b.name, "others");
    served.lose(b.name, 7);
    served.lose(undefined, 7);
    served.exec(a.name, "own");
    await reader.until("the own one is told", () => reader.execs.includes("own"));
    await reader.until("the counters are told", () => reader.of("node").length > 0);
    expect(reader.execs).toEqual(["own-before", "own"]);
    expect(reader.events.map(({ msg }) => msg)).toEqual(["exec", "exec"]);
    const [hello] = reader.of("hello");
    expect(hello?.node).toMatchObject({ execs: 1, lost: 0, unattributed: 0, clients: 1 });
    expect(reader.of("node").at(-1)?.node).toMatchObject({ execs: 2, lost: 0, unattributed: 0, clients: 1 });
    const told = JSON.stringify(reader.messages);
    expect(told).not.toMatch(/robin|others|nobodys/);
    expect(told).not.toContain(b.name);
    expect((await get("/metrics", token)).status).toBe(403);
  });

  it("tells a reader of one namespace nothing of another's history, and logs that it was read", async () => {
    const token = await tokenOf("viewer");
    const history = async (of: string, query = ""): Promise<string> => {
      const { status, body } = await get(`/v1/events${query}`, of);
      expect(status).toBe(200);
      return body;
    };
    const own = await history(token, "?order=newest");
    expect(own).toContain("own-before");
    expect(own).not.toMatch(/robin|others|nobodys|"lost"/);
    expect(own).not.toContain(b.name);
    expect(await history(token, "?username=robin")).not.toContain("others-before");
    expect(await history(await tokenOf("auditor"))).toMatch(
      /own-before.*others-before|others-before.*own-before/s,
    );
    expect(served.records.slice(0, 2)).toMatchObject([
      { phase: "begin", endpoint: "/v1/events", query: "order=newest", sees: [a.name] },
      { phase: "end", endpoint: "/v1/events", query: "order=newest", told: { events: 1 } },
    ]);
  });

  it("shows everything, also what belongs to no namespace, to who may read all", async () => {
    const token = await tokenOf("auditor");
    expect(namesIn(await get("/v1/workspaces", token)).sort()).toEqual([a.name, b.name].sort());
    const reader = await stream(token);
    await reader.until("all is told", () => reader.execs.includes("nobodys-before"));
    expect(reader.of("hello")[0]?.node).toMatchObject({ execs: 7, lost: 1_100 });
    expect(reader.events.filter(({ msg }) => msg === "lost")).toHaveLength(2);
    expect((await get("/metrics", token)).body).toMatch(/^process_logging_clients 1$/m);
  });

  it.each<[string, () => Promise<string | undefined>]>([
    ["no token", () => Promise.resolve(undefined)],
    ["a token that is none", () => Promise.resolve("no-token")],
    ["a token for the API server itself", () => createToken(a.name, "viewer")],
    ["a token for another audience", () => tokenOf("viewer", "another.example")],
    [
      "a token whose service account was deleted",
      async () => {
        const token = await tokenOf("viewer");
        await a.output("delete", "serviceaccount", "viewer");
        return token;
      },
    ],
  ])("refuses %s, on every path", async (_name, makeToken) => {
    const token = await makeToken();
    const paths = [
      ...["/v1/workspaces", "/healthz", "/readyz", "/metrics", "/v1/events", "/v1/stream", "/nothing"],
    ];
    for (const path of paths) {
      const answer = await get(path, token);
      expect({ path, status: answer.status, code: refusalCode(answer) }).toEqual({
        ...{ path, status: 401, code: "unauthorized" },
      });
    }
    const headers = token === undefined ? {} : bearer(token);
    const answer = await refusal(ApiReader.open({ port: served.port("API") }, { headers }));
    expect(answer.status).toBe(401);
    expect(served.records).toEqual([]);
    expect(served.refused.map(({ endpoint }) => endpoint)).toEqual([...paths, "/v1/stream"]);
    for (const refused of served.refused) {
      expect(refused).toMatchObject({
        ...{ reader: undefined, status: 401, code: "unauthorized" },
        from: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
      });
    }
    if (token !== undefined) expect(served.refusalLines.join("")).not.toContain(token);
  });

  it("logs who was refused what, and counts those exactly for whom there is no line", async () => {
    const token = await tokenOf("viewer");
    expect((await get("/metrics?token=secret", token)).status).toBe(400);
    expect((await get("/metrics", token)).status).toBe(403);
    for (let each = 0; each < LINES_A_WINDOW + 7; each++) await get("/v1/workspaces", "no-token");
    // What is withheld is told at the end, at the latest.
    await served.close();
    const lines = served.refusalLines.map((line) => {
      const { level, msg, fields } = JSON.parse(line) as {
        level: string;
        msg: string;
        fields: { access: object };
      };
      expect({ level, msg }).toEqual({ level: "WARN", msg: "access" });
      return fields.access as { readonly refusal: string; readonly withheld?: number };
    });
    const reader = { type: "service_account", namespace: a.name, name: "viewer" };
    expect(lines.filter(({ refusal }) => refusal !== "unauthorized")).toMatchObject([
      { phase: "refused", endpoint: "/metrics", status: 400, refusal: "token_in_url" },
      { phase: "refused", endpoint: "/metrics", status: 403, refusal: "forbidden", reader },
    ]);
    const unauthorized = lines.filter(({ refusal }) => refusal === "unauthorized");
    expect(unauthorized).toHaveLength(LINES_A_WINDOW + 1);
    expect(unauthorized.at(-1)).toMatchObject({ withheld: 7 });
    expect(served.refusalLines.join("")).not.toContain("secret");
  });

  it("shows a reader without any right nothing", async () => {
    const token = await tokenOf("scraper");
    expect(namesIn(await get("/v1/workspaces", token))).toEqual([]);
    const reader = await stream(token);
    served.exec(a.name, "own");
    await reader.until("the filter has seen it", () => (reader.of("events").at(-1)?.through ?? 0) >= 10);
    expect(reader.events).toEqual([]);
  });

  it("ends a stream when its token's service account is deleted", async () => {
    const reader = await stream(await tokenOf("viewer"));
    await a.output("delete", "serviceaccount", "viewer");
    expect((await reader.closed).code).toBe(4401);
  });

  it.runIf(signingKeyFile() !== undefined)(
    "ends a stream when its token expires, and takes it no more",
    async () => {
      const seconds = Math.ceil(Date.now() / 1000);
      const token = signedToken(await tokenOf("viewer"), seconds + 6);
      const reader = await stream(token);
      await reader.until("it is let in", () => reader.execs.includes("own-before"));
      expect((await reader.closed).code).toBe(4401);
      expect((await get("/v1/workspaces", token)).status).toBe(401);
      expect((await get("/v1/workspaces", signedToken(await tokenOf("viewer"), seconds - 600))).status).toBe(
        401,
      );
      // What was signed here is taken for what the API server signs.
      expect((await get("/v1/workspaces", signedToken(await tokenOf("viewer"), seconds + 600))).status).toBe(
        200,
      );
    },
  );

  it("ends a stream when the last permission is taken away", async () => {
    const reader = await stream(await tokenOf("viewer"));
    await a.output("delete", "rolebinding", "viewer");
    expect((await reader.closed).code).toBe(4403);
  });

  it("tells no more of a namespace that is taken away, and goes on with the other", async () => {
    await b.apply(binding("viewer"));
    const reader = await stream(await tokenOf("viewer"));
    await reader.until("both are told", () =>
      ["own-before", "others-before"].every((each) => reader.execs.includes(each)),
    );
    await b.output("delete", "rolebinding", "viewer");
    await reader.until("the workspaces are told anew", () => {
      const latest = reader.of("workspaces").findLast(({ all }) => all);
      return latest?.changed.length === 1 && latest.changed[0]?.namespace === a.name;
    });
    served.exec(b.name, "others-after");
    served.exec(a.name, "own-after");
    await reader.until("the own one is told", () => reader.execs.includes("own-after"));
    expect(reader.execs).not.toContain("others-after");
  });

  it("tells of a namespace that turns up from its first event on", async () => {
    const later = await TestNamespace.create("access-later");
    try {
      await later.apply(binding("viewer"));
      const reader = await stream(await tokenOf("viewer"));
      served.addWorkspace(later.name, "sam");
      for (const argument of ["first", "second", "third"]) served.exec(later.name, argument);
      await reader.until("all three are told", () => reader.execs.includes("third"));
      expect(reader.execs.slice(-3)).toEqual(["first", "second", "third"]);
    } finally {
      await later.close();
    }
  });

  it("lets nobody in while the API server is away, and ends streams whose permissions are due", async () => {
    const token = await tokenOf("viewer");
    const reader = await stream(token);
    proxy.cut();
    expect((await reader.closed).code).toBe(1013);
    const answer = await get("/v1/workspaces", token);
    expect({ status: answer.status, code: refusalCode(answer) }).toEqual({
      status: 503,
      code: "review_failed",
    });
    expect(
      (await refusal(ApiReader.open({ port: served.port("API") }, { headers: bearer(token) }))).status,
    ).toBe(503);
    proxy.restore();
    expect((await get("/v1/workspaces", token)).status).toBe(200);
  });

  it("logs each viewing, with the credential id by which the audit log names who asked for the token", async () => {
    const token = await tokenOf("viewer");
    const claim = { "process-logging-claimed-user": "robin%40example.com" };
    const reader = await stream(token, "?username=jessie&since=0", claim);
    await reader.until("it is told", () => reader.execs.includes("own-before"));
    await reader.end();
    await until("the end is logged", () => served.records.length === 2);
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as {
      jti: string;
    };
    const viewer = {
      reader: {
        ...{ type: "service_account", namespace: a.name, name: "viewer", credentialId: `JTI=${claims.jti}` },
      },
      ...{ claimedUser: "robin@example.com", from: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string },
    };
    const shared = { viewer, sees: [a.name], endpoint: "/v1/stream", replayAfter: 0 };
    const filter = { usernames: ["jessie"], workspaces: [] };
    expect(served.records).toMatchObject([
      { ...shared, filter, phase: "begin" },
      { ...shared, filter, phase: "end", told: { events: 1 } },
    ]);
  });

  describeMetrics();

  function describeMetrics(): void {
    const scrape = (token?: string): Promise<{ status: number; body: string; subject: string }> =>
      new Promise((resolve, reject) => {
        const asked = tlsRequest(
          {
            ...{ host: "127.0.0.1", port: served.port("metrics"), path: "/metrics", agent: false },
            ...{ ca: readFileSync(at("tls.crt")), headers: token === undefined ? {} : bearer(token) },
          },
          (response) => {
            const { socket } = response;
            const subject = socket instanceof TLSSocket ? socket.getPeerCertificate().subject.CN : undefined;
            let body = "";
            response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
            response.once("end", () => {
              resolve({ status: response.statusCode ?? 0, body, subject: String(subject) });
            });
          },
        );
        asked.once("error", reject);
        asked.end();
      });

    it("serves metrics by TLS to who may get the path, with a token for their audience, and names nobody", async () => {
      const { status, body } = await scrape(await tokenOf("scraper", "metrics.example"));
      expect(status).toBe(200);
      expect(body).toMatch(/^process_logging_events_total\{kind="exec"\} 7$/m);
      expect(body).not.toMatch(/jessie|robin|access-/);
    });

    it.each<[string, () => Promise<string | undefined>, number]>([
      ["without a token", () => Promise.resolve(undefined), 401],
      ["with a token for the API", () => tokenOf("scraper"), 401],
      ["to who may not get the path", () => tokenOf("auditor", "metrics.example"), 403],
    ])("serves no metrics %s", async (_name, makeToken, status) => {
      expect((await scrape(await makeToken())).status).toBe(status);
    });

    it("takes a new certificate while it runs", async () => {
      const token = await tokenOf("scraper", "metrics.example");
      expect((await scrape(token)).subject).toBe("one");
      certificate("two");
      await until("the new one is used", async () => {
        return (await scrape(token).catch(() => undefined))?.subject === "two";
      });
    });
  }

  it("lets people get a token and reach a tracer, and read no log, with the Role for that", async () => {
    const role = parseAllDocuments(readerYaml)
      .map((document) => document.toJS() as Manifest)
      .find(({ kind }) => kind === "Role");
    if (role === undefined) throw new Error("there is no Role for people");
    await a.apply(
      { ...role, metadata: { name: "people" } },
      {
        ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata: { name: "people" } },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "people" },
        subjects: [{ kind: "User", name: "robin", apiGroup: "rbac.authorization.k8s.io" }],
      },
    );
    const can = async (verb: string, resource: string, ...more: string[]): Promise<string> =>
      (await a.kubectl("auth", "can-i", verb, resource, "--as=robin", ...more)).stdout.trim();
    expect([
      await can("list", "pods"),
      await can("create", "pods", "--subresource=portforward"),
      await can("create", "serviceaccounts/process-logging-viewer", "--subresource=token"),
      await can("create", "serviceaccounts/tracer", "--subresource=token"),
      await can("get", "pods", "--subresource=log"),
      await can("get", "pods", "--subresource=exec"),
      await can("get", "processes.processlogging.dev"),
      await can("get", "secrets"),
    ]).toEqual(["yes", "yes", "yes", "no", "no", "no", "no", "no"]);
  });

  it("is opened by the right to read a namespace's logs where --authorize=pods/log says so", async () => {
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" };
    const subjects = [{ kind: "ServiceAccount", name: "logs", namespace: a.name }];
    const kind = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding" };
    await a.apply(account("logs"), { ...kind, metadata: { name: "logs" }, roleRef, subjects });
    const token = await tokenOf("logs");
    expect(namesIn(await get("/v1/workspaces", token))).toEqual([]);
    await served.close();
    await serve("pods/log");
    expect(namesIn(await get("/v1/workspaces", token))).toEqual([a.name]);
  });

  it("is opened by none of the built-in roles", async () => {
    for (const role of ["view", "edit", "admin"]) {
      const name = `built-in-${role}`;
      await a.apply(account(name), {
        ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata: { name } },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
        subjects: [{ kind: "ServiceAccount", name, namespace: a.name }],
      });
      expect(namesIn(await get("/v1/workspaces", await tokenOf(name)))).toEqual([]);
    }
  });
});
