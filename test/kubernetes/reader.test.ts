import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ChildProcess } from "node:child_process";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";

import { accessLines, type AccessLine } from "../service/support/logLine.ts";
import { ApiReader, ask } from "../service/support/apiReader.ts";
import { describeCluster } from "./support/describeCluster.ts";
import { kubectl, kubectlOutput, startKubectl, type Manifest } from "./support/kubectl.ts";
import { Kustomization, tracerFlags } from "./support/kustomization.ts";
import { DIRECTORY_VARIABLE, workspaceImage } from "./support/testEnvironment.ts";
import { TestNamespace } from "./support/testNamespace.ts";
import { until } from "./support/until.ts";

const OURS = "--namespace=process-logging";
const PERSON = "robin@example.com";
/** For how long a right that was taken away counts at most, beside what a look at open streams takes. */
const CACHE_SECONDS = 3;
const AS = `--as=${PERSON}`;
/** Namespaces may give themselves the same labels: they stay two. */
const labels = { "com.coder.username": "jessie", "com.coder.workspace.name": "main" };

interface AuditEvent {
  readonly verb: string;
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string; readonly name?: string };
  readonly user: { readonly username: string };
  readonly impersonatedUser?: { readonly username: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

describeCluster("a person who reads by a port-forward, with nothing but RBAC", () => {
  const base = new Kustomization("", [tracerFlags(`--access-cache=${String(CACHE_SECONDS)}`)]);
  let a: TestNamespace;
  let b: TestNamespace;
  let tracer: string;
  let token: string;
  let port: number;
  let forward: ChildProcess | undefined;
  let readers: ApiReader[] = [];

  beforeAll(async () => {
    await base.apply();
    await kubectlOutput(["rollout", "status", "daemonset/tracer", OURS, "--timeout=180s"]);
    [a, b] = [await TestNamespace.create("reader-a"), await TestNamespace.create("reader-b")];
    await kubectlOutput([
      ...["create", "rolebinding", a.name, OURS, "--role=process-logging-viewer", `--user=${PERSON}`],
    ]);
    await a.output(
      ...["create", "rolebinding", "process-logging-viewer", "--clusterrole=process-logging-reader"],
      "--serviceaccount=process-logging:process-logging-viewer",
    );
    for (const namespace of [a, b]) await namespace.apply(workspace());
    await Promise.all([a, b].map((each) => each.wait("condition=Ready", "pod/main")));
    const ofTracers = [OURS, "--selector=app.kubernetes.io/name=tracer", AS];
    tracer = (await kubectlOutput(["get", "pods", ...ofTracers, "--output=name"])).trim();
    token = await personsToken();
    port = await forwardTo(tracer);
  });

  afterEach(async () => {
    await Promise.all(readers.map((reader) => reader.end()));
    readers = [];
  });

  afterAll(async () => {
    forward?.kill();
    await kubectl(["delete", "rolebinding", a.name, OURS, "--ignore-not-found"]);
    await Promise.all([a.close(), b.close()]);
    await base.close();
  });

  const workspace = (): Manifest => ({
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "main", labels } },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          ...{ name: "dev", image: workspaceImage(), imagePullPolicy: "IfNotPresent" },
          command: ["/bin/sh", "-c", "exec sleep infinity"],
        },
      ],
    },
  });

  const personsToken = async (): Promise<string> => {
    const audience = "--audience=processlogging.dev";
    return (await kubectlOutput(["create", "token", "process-logging-viewer", OURS, audience, AS])).trim();
  };

  const forwardTo = async (pod: string): Promise<number> => {
    forward = startKubectl(["port-forward", pod, ":7070", OURS, AS]);
    let said = "";
    for (const stream of [forward.stdout, forward.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (said += text));
    }
    const told = (): string | undefined => /127\.0\.0\.1:(\d+) ->/.exec(said)?.[1];
    await until(
      "the port is forwarded",
      () => told() !== undefined,
      () => said,
    );
    return Number(told());
  };

  const stream = async (query: string): Promise<ApiReader> => {
    const headers = {
      authorization: `Bearer ${token}`,
      "process-logging-claimed-user": encodeURIComponent(PERSON),
    };
    const reader = await ApiReader.open({ port }, { query, headers });
    readers.push(reader);
    return reader;
  };

  const viewings = async (): Promise<AccessLine[]> => {
    const log = await kubectlOutput(["logs", tracer, OURS, "--container=exectrace", "--tail=-1"]);
    const lines = log.split("\n").filter((line) => line.startsWith('{"ts":"'));
    return accessLines(lines.map((line) => `${line}\n`).join(""));
  };

  it("sees the namespace that is bound, live and from the history, and nothing of another", async () => {
    const reader = await stream("?since=0");
    await b.output("exec", "main", "--", "true", "of-another");
    await a.output("exec", "main", "--", "true", "of-one");
    await reader.until("it is told", () => reader.execs.includes("of-one"));
    const namespaces = reader.events.map(
      ({ fields }) =>
        (fields as { readonly kubernetes?: { readonly namespace?: string } }).kubernetes?.namespace,
    );
    expect(new Set(namespaces)).toEqual(new Set([a.name]));
    const told = JSON.stringify(reader.messages);
    expect(told).not.toContain("of-another");
    expect(told).not.toContain(b.name);
    const headers = { authorization: `Bearer ${token}` };
    const history = await ask({ port }, "/v1/events?limit=100000", { headers });
    expect(history.body).toContain("of-one");
    expect(history.body).not.toContain("of-another");
    const { body } = await ask({ port }, "/v1/workspaces", { headers });
    expect(
      (JSON.parse(body) as { workspaces: { namespace: string; pod: string }[] }).workspaces,
    ).toMatchObject([{ namespace: a.name, pod: "main" }]);
  });

  it("is named by the API server's audit log, by the credential id that the tracer's log has", async () => {
    const reader = await stream("?username=jessie&since=0");
    await a.output("exec", "main", "--", "true", "for-the-log");
    await reader.until("it is told", () => reader.execs.includes("for-the-log"));
    await reader.end();
    let end: AccessLine | undefined;
    await until("the end of the viewing is in kubectl logs", async () => {
      const isEnd = ({ fields: { access } }: AccessLine): boolean =>
        access.phase === "end" && access["query"] === "username=jessie&since=0";
      return (end = (await viewings()).find(isEnd)) !== undefined;
    });
    expect(end?.fields.access).toMatchObject({
      reader: { type: "service_account", namespace: "process-logging", name: "process-logging-viewer" },
      ...{ claimed_user: PERSON, sees: [a.name], filter: { usernames: ["jessie"], workspaces: [] } },
    });
    const { credential_id: id } = end?.fields.access["reader"] as { readonly credential_id: string };
    const directory = process.env[DIRECTORY_VARIABLE];
    // Somebody's own cluster keeps its audit log elsewhere.
    if (directory === undefined) return;
    const audit = readFileSync(join(directory, "logs/audit.log"), "utf8").split("\n").slice(0, -1);
    const issued = audit
      .map((line) => JSON.parse(line) as AuditEvent)
      .filter(({ annotations }) => annotations?.["authentication.kubernetes.io/issued-credential-id"] === id);
    expect(issued).toMatchObject([
      {
        ...{ verb: "create", impersonatedUser: { username: PERSON } },
        objectRef: { resource: "serviceaccounts", subresource: "token", name: "process-logging-viewer" },
      },
    ]);
  });

  it.each([
    ["read the tracer's log, which has everybody's workspaces", () => ["logs", tracer, OURS, AS]],
    ["run anything in the tracer's pod", () => ["exec", tracer, OURS, AS, "--", "true"]],
    ["get a token of the tracer", () => ["create", "token", "tracer", OURS, AS]],
  ])("can't %s", async (_name, args) => {
    const { code, stderr } = await kubectl(args());
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/forbidden/i);
  });

  it("is told no more when the binding is gone, within the cache's time", async () => {
    const reader = await stream("?since=0");
    await a.output("delete", "rolebinding", "process-logging-viewer");
    expect((await reader.closed).code).toBe(4403);
  });
});
