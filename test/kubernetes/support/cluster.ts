import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Certificates } from "./certificates.ts";
import { ClusterCgroup } from "./clusterCgroup.ts";
import { startApiServer, startControllers, type Ground } from "./controlPlane.ts";
import { Daemon } from "./daemon.ts";
import { NODE_NAME, startContainerd, startKubelet } from "./nodeAgents.ts";
import { NodeNamespaces } from "./nodeNamespaces.ts";

/**
 * A real cluster of one node on this machine: a control plane, containerd and kubelet in a network and mounts of their
 * own. It is gone when `close` has resolved, and soon after this process ends in any other way.
 */
export class Cluster {
  readonly directory: string;
  /** The administrator's. */
  readonly kubeconfig: string;
  /** Path of kubelet's root cgroup. */
  readonly cgroup: string;
  readonly programs: string;
  readonly namespaces: NodeNamespaces;
  readonly #janitor: ChildProcess;
  readonly #cgroups: ClusterCgroup;

  private constructor(
    parts: Pick<Cluster, "directory" | "kubeconfig" | "cgroup" | "programs" | "namespaces">,
    janitor: ChildProcess,
    cgroups: ClusterCgroup,
  ) {
    this.directory = parts.directory;
    this.kubeconfig = parts.kubeconfig;
    this.cgroup = parts.cgroup;
    this.programs = parts.programs;
    this.namespaces = parts.namespaces;
    this.#janitor = janitor;
    this.#cgroups = cgroups;
  }

  /** Brings one up with images of these archives. Resolves when its node is ready; throws what is wrong. */
  static async start(programs: string, archives: readonly string[]): Promise<Cluster> {
    const cgroup = `/process-logging-test-${randomBytes(4).toString("hex")}`;
    const directory = mkdtempSync(join(tmpdir(), "process-logging-cluster-"));
    const janitor = startJanitor(cgroup, directory);
    try {
      const cgroups = new ClusterCgroup(cgroup);
      const ownCgroups = cgroups.make("daemons");
      const namespaces = await NodeNamespaces.create(directory, ownCgroups);
      mkdirSync(join(directory, "logs"));
      const certificates = new Certificates(join(directory, "certificates"));
      const kubeconfig = certificates.kubeconfig("admin", "/O=system:masters/CN=admin");
      const ground: Ground = {
        directory,
        certificates,
        programs,
        start: (name, argv) =>
          new Daemon(name, namespaces.command(argv, ownCgroups), join(directory, `logs/${name}.log`)),
      };
      const parts = { directory, kubeconfig, cgroup, programs, namespaces };
      const cluster = new Cluster(parts, janitor, cgroups);
      await cluster.#startAll(ground, archives);
      return cluster;
    } catch (error) {
      await endJanitor(janitor);
      throw error;
    }
  }

  /** What commands and tests in there need of the environment. */
  get env(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      PATH: `${this.programs}:${process.env["PATH"] ?? ""}`,
      KUBECONFIG: this.kubeconfig,
    };
  }

  /** The command that runs another one inside the node, and ends with the cluster. */
  command(argv: readonly string[]): string[] {
    return this.namespaces.command(argv, this.#cgroups.make("tests"));
  }

  /** Runs a command inside to its end; its stdout when it succeeded. */
  tryRun(argv: readonly string[]): { readonly ok: boolean; readonly output: string } {
    const [program = "", ...args] = this.command(argv);
    const { status, stdout, stderr } = spawnSync(program, args, { env: this.env, encoding: "utf8" });
    return { ok: status === 0, output: status === 0 ? stdout : stderr };
  }

  /** Makes the node's containerd know the image of a tar file. Throws. */
  importImage(archive: string): void {
    const { ok, output } = this.tryRun(["ctr", "--namespace=k8s.io", "images", "import", archive]);
    if (!ok) throw new Error(`containerd could not import ${archive}: ${output.trim()}`);
  }

  /** Takes it down. */
  async close(): Promise<void> {
    await endJanitor(this.#janitor);
  }

  async #startAll(ground: Ground, archives: readonly string[]): Promise<void> {
    const succeeds =
      (...argv: string[]) =>
      (): boolean =>
        this.tryRun(argv).ok;
    const apiServer = startApiServer(ground);
    const containerd = startContainerd(ground);
    await containerd.until("it answers", succeeds("ctr", "version"));
    for (const archive of archives) this.importImage(archive);
    await apiServer.until("it is ready", succeeds("kubectl", "get", "--raw=/readyz"));
    startControllers(ground);
    const kubelet = startKubelet(ground, this.cgroup);
    const ready = ["wait", "--for=condition=Ready", `node/${NODE_NAME}`, "--timeout=1s"];
    await kubelet.until("the node is ready", succeeds("kubectl", ...ready));
    await apiServer.until("pods can be made", succeeds("kubectl", "get", "serviceaccount", "default"));
  }
}

function startJanitor(cgroup: string, directory: string): ChildProcess {
  const script = join(import.meta.dirname, "janitor.ts");
  return spawn(process.execPath, [script, cgroup, directory], {
    stdio: ["pipe", "ignore", "inherit"],
    detached: true,
    cwd: "/",
  });
}

async function endJanitor(janitor: ChildProcess): Promise<void> {
  const ended = new Promise<number | null>((resolve) => janitor.once("exit", resolve));
  janitor.stdin?.end();
  const code = janitor.exitCode ?? (await ended);
  if (code !== 0)
    throw new Error(`the cluster could not be taken down: its janitor ended with ${String(code)}`);
}
