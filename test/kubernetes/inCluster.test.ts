import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";

import { apiPath } from "../../extension/cluster/api/apiServer.ts";
import { askClaimedUser } from "../../extension/cluster/claimedUser.ts";
import { HttpsApiServer } from "../../extension/cluster/api/httpsApiServer.ts";
import { readKubeconfig } from "../../extension/cluster/kubeconfig/readKubeconfig.ts";
import { describeOwnNode } from "./support/describeOwnNode.ts";
import { TestNamespace } from "./support/testNamespace.ts";
import { pod } from "./support/workspacePods.ts";

/** Where kubelet puts what a pod's service account needs. On the node of the tests, `/run` is the cluster's own. */
const CREDENTIALS = "/var/run/secrets/kubernetes.io/serviceaccount";

describeOwnNode("an editor that runs in a pod", () => {
  const home = mkdtempSync(join(tmpdir(), "in-cluster-"));
  let own: TestNamespace;
  let environment: ReadonlyMap<string, string>;

  beforeAll(async () => {
    own = await TestNamespace.create("in-cluster");
    await own.output("create", "serviceaccount", "editor");
    await own.output(
      "create",
      "rolebinding",
      "editor",
      "--clusterrole=view",
      `--serviceaccount=${own.name}:editor`,
    );
    await own.apply(pod("main", "exec sleep infinity", { spec: { serviceAccountName: "editor" } }));
    await own.wait("condition=Ready", "pod/main");
    mkdirSync(CREDENTIALS, { recursive: true });
    for (const name of ["ca.crt", "namespace", "token"]) {
      writeFileSync(
        join(CREDENTIALS, name),
        await own.output("exec", "main", "--", "cat", join(CREDENTIALS, name)),
      );
    }
    const lines = (await own.output("exec", "main", "--", "env")).split("\n");
    environment = new Map(
      lines.map((line) => [line.split("=", 1)[0] ?? "", line.slice(line.indexOf("=") + 1)]),
    );
  });

  afterEach(() => {
    vi.unstubAllEnvs();
  });

  afterAll(async () => {
    rmSync(CREDENTIALS, { recursive: true, force: true });
    rmSync(home, { recursive: true });
    await own.close();
  });

  it("is offered the context of the pod's service account, and reads with its rights", async () => {
    vi.stubEnv("HOME", home);
    vi.stubEnv("KUBECONFIG", "");
    for (const name of ["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"])
      vi.stubEnv(name, environment.get(name));
    const contexts = readKubeconfig(undefined);
    expect(contexts).toMatchObject({
      current: "in-cluster",
      all: [{ name: "in-cluster", namespace: own.name, plugin: undefined }],
    });
    const api = new HttpsApiServer(contexts.open("in-cluster"));
    expect((await askClaimedUser(api))?.username).toBe(`system:serviceaccount:${own.name}:editor`);
    const pods = (namespace: string) =>
      api.call({ method: "GET", path: apiPath("api", "v1", "namespaces", namespace, "pods") });
    expect(await pods(own.name)).toMatchObject({ items: [{ metadata: { name: "main" } }] });
    await expect(pods("kube-system")).rejects.toThrow(/forbidden/);
  });

  it("is offered it beside the contexts of a kubeconfig, whose own is the current one", () => {
    const { current, all } = readKubeconfig(undefined);
    expect(all.map(({ name }) => name)).toContain("in-cluster");
    expect(current).not.toBe("in-cluster");
  });
});
