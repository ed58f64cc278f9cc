import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";

import type { LogLine } from "../../service/support/logLine.ts";
import { TracerService } from "../../service/support/tracerService.ts";
import { FaultyApiServer } from "./faultyApiServer.ts";
import { apply, kubectl, kubectlOutput, type Manifest } from "./kubectl.ts";
import { createToken } from "./serviceAccountAccess.ts";
import { TestNamespace } from "./testNamespace.ts";

const rbacFile = new URL("../../../deploy/kubernetes/base/tracer-rbac.yaml", import.meta.url);

/** A line of the log with the pod that it names. */
export type PodLine = LogLine & {
  readonly fields: {
    readonly kubernetes?: Readonly<Record<string, string>>;
    readonly claimed?: Readonly<Record<string, string>> | null;
  };
};

/**
 * The built service on the cluster's node, with the rights that deploy/ gives it, asking through a server of the tests'
 * own. `close` removes all of it.
 */
export class NodeTracer {
  readonly namespace: TestNamespace;
  readonly api: FaultyApiServer;
  readonly directory: string;
  readonly #node: string;
  readonly #root: string;
  readonly #services: TracerService[] = [];

  private constructor(
    namespace: TestNamespace,
    api: FaultyApiServer,
    directory: string,
    node: string,
    root: string,
  ) {
    this.namespace = namespace;
    this.api = api;
    this.directory = directory;
    this.#node = node;
    this.#root = root;
  }

  static async prepare(): Promise<NodeTracer> {
    const directory = mkdtempSync(join(tmpdir(), "node-tracer-"));
    const namespace = await TestNamespace.create("identity");
    const api = await FaultyApiServer.start(directory);
    const nodes = await kubectlOutput(["get", "nodes", "--output=jsonpath={.items[0].metadata.name}"]);
    const { kubeletconfig } = JSON.parse(
      await kubectlOutput(["get", "--raw", `/api/v1/nodes/${nodes}/proxy/configz`]),
    ) as { readonly kubeletconfig: { readonly cgroupRoot?: string } };
    const cgroupRoot = kubeletconfig.cgroupRoot ?? "/";
    const root = `${cgroupRoot === "/" ? "" : cgroupRoot}/kubepods`;
    const tracer = new NodeTracer(namespace, api, directory, nodes, root);
    await tracer.#grant();
    return tracer;
  }

  get nodeName(): string {
    return this.#node;
  }

  /** Starts the service; resolves when it traces. */
  start(...args: string[]): Promise<TracerService> {
    return this.startFor({ node: this.#node, root: this.#root }, ...args);
  }

  /** The same for a node that may be another one, whose kubelet has its cgroups there. */
  async startFor(
    { node, root }: { readonly node: string; readonly root: string },
    ...args: string[]
  ): Promise<TracerService> {
    const token = await createToken(this.namespace.name, "tracer", undefined, 3_600);
    const kubeconfig = join(this.directory, "kubeconfig");
    const config = {
      ...{ apiVersion: "v1", kind: "Config", "current-context": "test" },
      contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
      clusters: [{ name: "test", cluster: { server: this.api.url, "certificate-authority": "ca.crt" } }],
      users: [{ name: "test", user: { token } }],
    };
    writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
    const service = await TracerService.start([
      ...["run", "--identity", "kubernetes", "--node-name", node, "--kubeconfig", kubeconfig],
      ...["--kubelet-cgroup-root", root, ...args],
    ]);
    this.#services.push(service);
    return service;
  }

  /** The lines that tell of pods of the test's namespace, and of pods that nobody knows. */
  lines(service: TracerService): PodLine[] {
    return (service.log as PodLine[]).filter(({ fields: { kubernetes } }) => {
      return kubernetes?.["namespace"] === undefined || kubernetes["namespace"] === this.namespace.name;
    });
  }

  /** The execs whose arguments include this one. */
  execs(service: TracerService, argument: string): PodLine[] {
    return this.lines(service).filter(
      ({ msg, fields }) =>
        msg === "exec" && fields.event.argv.includes(argument) && fields.event.argv[0] === "/bin/true",
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#services.map((service) => service.kill()));
    await this.api.close();
    await kubectl(["delete", "clusterrole,clusterrolebinding", this.namespace.name, "--wait=false"]);
    await this.namespace.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** The rights of deploy/, under a name of the test's own. */
  async #grant(): Promise<void> {
    const documents = parseAllDocuments(readFileSync(rbacFile, "utf8")).map(
      (each) => each.toJS() as Manifest,
    );
    const role = documents.find(({ kind }) => kind === "ClusterRole");
    if (role === undefined) throw new Error("deploy/ has no ClusterRole for the tracer");
    const { name } = this.namespace;
    await apply([
      { ...role, metadata: { name } },
      {
        ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", metadata: { name } },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
        subjects: [{ kind: "ServiceAccount", name: "tracer", namespace: name }],
      },
    ]);
    await this.namespace.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "tracer" } });
  }
}
