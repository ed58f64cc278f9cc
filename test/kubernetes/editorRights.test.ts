import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";

import { systemClock } from "../../extension/clock.ts";
import type { ApiServer } from "../../extension/cluster/api/apiServer.ts";
import { askClaimedUser } from "../../extension/cluster/claimedUser.ts";
import { HttpsApiServer } from "../../extension/cluster/api/httpsApiServer.ts";
import { asObject } from "../../extension/cluster/api/json.ts";
import { nodeTracerId } from "../../extension/cluster/tracers/nodeTracer.ts";
import { openCluster, type OpenCluster } from "../../extension/cluster/openCluster.ts";
import { readKubeconfig } from "../../extension/cluster/kubeconfig/readKubeconfig.ts";
import { findMissingRights, neededRights } from "../../extension/cluster/inventory/rights.ts";
import { VIEWER_ACCOUNT } from "../../extension/cluster/tracers/viewerToken.ts";
import { OWNER_KINDS } from "../../extension/cluster/inventory/workspaceOwner.ts";
import { ViewFilterState } from "../../extension/filter/viewFilterState.ts";
import type { EventSource } from "../../extension/source/eventSource.ts";
import { SourceRegistry } from "../../extension/source/sourceRegistry.ts";
import type { GapMessage } from "../../protocol/stream.ts";
import { finished } from "../kernel/support/testCgroup.ts";
import { describeCluster } from "./support/describeCluster.ts";
import { kubectl, kubectlOutput, type Manifest } from "./support/kubectl.ts";
import { Kustomization, tracerFlags } from "./support/kustomization.ts";
import { writeServiceAccountConfig } from "./support/serviceAccountAccess.ts";
import { signedToken, signingKeyFile } from "./support/signedToken.ts";
import { workspaceImage } from "./support/testEnvironment.ts";
import { TestNamespace } from "./support/testNamespace.ts";
import { until } from "./support/until.ts";

/** For how long a token of these tests lasts: less than any that the API server gives. */
const TOKEN_SECONDS = 20;
/** For how long the tracer goes by what it was told of rights. */
const CACHE_SECONDS = 3;

describeCluster("an editor whose user has few rights", () => {
  const base = new Kustomization("", [tracerFlags(`--access-cache=${String(CACHE_SECONDS)}`)]);
  const filter = new ViewFilterState({ get: () => undefined, update: () => Promise.resolve() });
  let own: TestNamespace;
  let other: TestNamespace;
  let directory: string;
  let api: HttpsApiServer;
  let sources: SourceRegistry;
  let cluster: OpenCluster | undefined;
  let logged: string[];

  beforeAll(async () => {
    await base.apply();
    await kubectlOutput(["rollout", "status", "daemonset/tracer", "-n", "process-logging", "--timeout=180s"]);
    [own, other] = [await TestNamespace.create("rights-own"), await TestNamespace.create("rights-other")];
    directory = mkdtempSync(join(tmpdir(), "editor-rights-"));
    const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "few" } };
    await own.apply(account, workspace("jessie"));
    await other.apply(workspace("amy"));
    await Promise.all([own, other].map((each) => each.wait("condition=Ready", "pod/main")));
    await own.output(
      ...["create", "rolebinding", "readers", "--clusterrole=process-logging-reader"],
      `--serviceaccount=process-logging:${VIEWER_ACCOUNT}`,
    );
    const kubeconfig = join(directory, "kubeconfig");
    await writeServiceAccountConfig(kubeconfig, { namespace: own.name, name: "few" });
    api = new HttpsApiServer(readKubeconfig(kubeconfig).open("test"));
  });

  afterEach(() => {
    cluster?.dispose();
    sources.dispose();
  });

  afterAll(async () => {
    const user = `system:serviceaccount:${own.name}:few`;
    const granted = ["pods", "pods-portforward", "serviceaccounts-token"].flatMap((each) => {
      const name = `process-logging-${each}:${user}`;
      return [`role/${name}`, `rolebinding/${name}`];
    });
    await kubectl(["delete", "-n", "process-logging", "--ignore-not-found", ...granted]);
    const nodes = `process-logging-nodes:${user}`;
    await kubectl(["delete", "--ignore-not-found", `clusterrole/${nodes}`, `clusterrolebinding/${nodes}`]);
    await Promise.all([own.close(), other.close()]);
    await base.close();
    rmSync(directory, { recursive: true });
  });

  function open(server: ApiServer = api, namespaces: readonly string[] = [own.name]): OpenCluster {
    sources = new SourceRegistry();
    logged = [];
    cluster = openCluster({
      ...{ context: "few", server: "", api: server, namespaces },
      ...{ sources, filter, clock: systemClock },
      log: (message) => logged.push(message),
    });
    return cluster;
  }

  function tracer({ source }: OpenCluster): EventSource | undefined {
    const node = [...source.inventory.pods.values()].find(({ namespace }) => namespace === own.name)?.node;
    return sources.all.find(({ id }) => id === nodeTracerId(source.id, node ?? ""));
  }

  /** What the stream of that tracer brings from now on. */
  function follow(source: EventSource | undefined): {
    readonly words: string[];
    readonly gaps: GapMessage[];
  } {
    const words: string[] = [];
    const gaps: GapMessage[] = [];
    source?.subscribe(
      { usernames: [], workspaces: [] },
      {
        events: (text) => {
          const lines = Buffer.from(text).toString();
          words.push(
            ...[...lines.matchAll(/"msg":"exec"[^\n]*"cmdline":"echo (word-[a-z]+-\d+)"/g)].map(
              ([, word = ""]) => word,
            ),
          );
          return Promise.resolve();
        },
        gap: (gap) => gaps.push(gap),
      },
    );
    return { words, gaps };
  }

  const purposes = ({ source }: OpenCluster): string[] => source.missingRights.map(({ purpose }) => purpose);

  it("sees nothing at all without a right, and says which ones are missing", async () => {
    const opened = open();
    await opened.checked;
    expect(purposes(opened)).toEqual([
      "pods",
      ...["owners", "owners", "owners", "owners", "owners"],
      "nodes",
      "tracers",
      "tunnels",
      "tokens",
      "logs",
    ]);
    await until("the pods are refused", () => opened.source.state.type === "disconnected");
    expect(opened.source.state).toMatchObject({ why: expect.stringMatching(/forbidden/i) as string });
    expect([...opened.source.workspaces.values()]).toEqual([]);
  });

  it("says for each right the command that grants it, and nothing but it", async () => {
    const username = (await askClaimedUser(api))?.username;
    expect(username).toBe(`system:serviceaccount:${own.name}:few`);
    const needed = neededRights([own.name]);
    for (const [done] of needed.entries()) {
      const missing = await findMissingRights(api, needed, username);
      expect(missing.map(({ purpose }) => purpose)).toEqual(needed.slice(done).map(({ purpose }) => purpose));
      // As an admin of the cluster, into whose terminal it was copied.
      expect(await finished(spawn("sh", ["-c", missing[0]?.command ?? ""]))).toMatchObject({ code: 0 });
      await until("the right is there", async () => {
        return (await findMissingRights(api, needed.slice(done, done + 1), username)).length === 0;
      });
    }
    expect(await findMissingRights(api, needed, username)).toEqual([]);
    // What was granted in one place is no right in another.
    expect(await findMissingRights(api, neededRights([other.name]), username)).toMatchObject([
      { purpose: "pods", namespace: other.name },
      ...Object.values(OWNER_KINDS).map(() => ({ purpose: "owners", namespace: other.name })),
      { purpose: "logs", namespace: other.name },
    ]);
  });

  it("reads with them the namespaces of the settings, their tracers and nothing of another", async () => {
    const opened = open();
    await opened.checked;
    expect(opened.source.missingRights).toEqual([]);
    await until(
      "the tracer is connected",
      () => tracer(opened)?.state.type === "connected",
      () => JSON.stringify([tracer(opened)?.state, logged]),
    );
    const { words } = follow(tracer(opened));
    await other.output("exec", "main", "--", "echo", "word-other-1");
    await own.output("exec", "main", "--", "echo", "word-own-1");
    await until("it is told", () => words.includes("word-own-1"));
    expect(words).not.toContain("word-other-1");
    const namespaces = [...opened.source.workspaces.values()].map(({ namespace }) => namespace);
    expect(namespaces).toEqual([own.name]);
  });

  it("warns an admin of what readers may not see, and says the command that lets them", async () => {
    const contexts = readKubeconfig(undefined);
    const admin = new HttpsApiServer(contexts.open(contexts.current ?? ""));
    const opened = open(admin, [own.name, other.name]);
    const warning = (namespace: string) =>
      [...opened.source.workspaces.values()].find((each) => each.namespace === namespace)?.warning;
    const rights = () => opened.source.missingRights.map(({ purpose, namespace }) => [purpose, namespace]);
    await opened.checked;
    await until(
      "the other namespace has a warning",
      () => warning(other.name) !== undefined,
      () => JSON.stringify([tracer(opened)?.state, tracer(opened)?.node, logged]),
    );
    expect(warning(other.name)).toContain(`shows you nothing of namespace ${other.name}`);
    expect(warning(own.name)).toBeUndefined();
    expect(rights()).toEqual([["readers", other.name]]);
    const [right] = opened.source.missingRights;
    expect(await finished(spawn("sh", ["-c", right?.command ?? ""]))).toMatchObject({ code: 0 });
    await until("the warning is gone", () => warning(other.name) === undefined);
    expect(rights()).toEqual([]);
    const { words } = follow(tracer(opened));
    await other.output("exec", "main", "--", "echo", "word-granted-1");
    await until("it is told", () => words.includes("word-granted-1"));
    await other.output("delete", "rolebinding", "process-logging-reader");
    await until("the warning is back", () => warning(other.name) !== undefined);
    await other.output("exec", "main", "--", "echo", "word-revoked-1");
    await own.output("exec", "main", "--", "echo", "word-own-2");
    await until("the own namespace is told on", () => words.includes("word-own-2"));
    expect(words).not.toContain("word-revoked-1");
  });

  it.runIf(signingKeyFile() !== undefined)(
    "reads on with a new token before the one before expires, with nothing lost and never disconnected",
    async () => {
      let tokens = 0;
      const opened = open(
        withTokens(api, () => {
          tokens++;
        }),
      );
      await until("the tracer is connected", () => tracer(opened)?.state.type === "connected");
      const source = tracer(opened);
      const { words, gaps } = follow(source);
      const outages: string[] = [];
      source?.onDidChangeState(() => {
        if (source.state.type !== "connected") outages.push(JSON.stringify(source.state));
      });
      const said: string[] = [];
      // Over the ends of two tokens, and until a connection with the next one is open.
      while (tokens < 4) {
        const word = `word-renewal-${String(said.length)}`;
        await own.output("exec", "main", "--", "echo", word);
        said.push(word);
      }
      const last = said.at(-1) ?? "";
      await until(
        "the last one is told",
        () => words.includes(last),
        () => JSON.stringify([source?.state, logged]),
      );
      const told = words.filter((word) => word.includes("renewal"));
      expect([...new Set(told)]).toEqual(said);
      // What runs at the moment of a new connection is in its snapshot, too; one at a time does.
      expect(told.length - said.length).toBeLessThan(tokens);
      expect({ gaps, outages }).toEqual({ gaps: [], outages: [] });
      expect(logged.filter((line) => line.includes("connect"))).toEqual([
        expect.stringMatching(/^connected to /),
      ]);
    },
  );
});

/** The real API server, but for the end of the tokens that tracers are read with: it gives none of less than ten minutes. */
function withTokens(api: ApiServer, given: () => void): ApiServer {
  return {
    call: async (request) => {
      const answer = await api.call(request);
      if (!request.path.endsWith(`/serviceaccounts/${VIEWER_ACCOUNT}/token`)) return answer;
      given();
      const exp = Math.floor(Date.now() / 1_000) + TOKEN_SECONDS;
      const status = asObject(asObject(answer)["status"]);
      const token = signedToken(String(status["token"]), exp);
      return { status: { token, expirationTimestamp: new Date(exp * 1_000).toISOString() } };
    },
    download: (request) => api.download(request),
    stream: (request) => api.stream(request),
    tunnel: (pod) => api.tunnel(pod),
  };
}

function workspace(user: string): Manifest {
  return {
    ...{ apiVersion: "v1", kind: "Pod" },
    metadata: { name: "main", labels: { "com.coder.username": user, "com.coder.workspace.name": "main" } },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        { name: "dev", image: workspaceImage(), imagePullPolicy: "IfNotPresent", command: ["sleep", "3600"] },
      ],
    },
  };
}
