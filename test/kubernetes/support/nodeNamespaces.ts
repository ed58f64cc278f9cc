import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** The node's address: kubelet refuses a loopback one. */
export const NODE_ADDRESS = "10.99.0.1";

/** The first address of the service range, by which pods reach the API server: no kube-proxy is needed for it. */
export const SERVICE_ADDRESS = "10.96.0.1";

/** What containerd, runc, CNI and kubelet write has fixed places: these folders are the cluster's own. */
const OWN_FOLDERS = ["run", "var/lib", "var/log"] as const;

const setUp = `
set -eu
directory=$1; shift
mount --make-rshared /
for folder in "$@"; do mount --bind "$directory/$folder" "/$folder"; done
mount -t bpf bpf /sys/fs/bpf
ip link set lo up
ip addr add ${NODE_ADDRESS}/32 dev lo
ip addr add ${SERVICE_ADDRESS}/32 dev lo
echo 1 > /proc/sys/net/ipv4/ip_forward
echo ready
exec sleep infinity
`;

/** Changes to a cgroup and a folder, which is lost in another mount namespace, then becomes the program. */
const enter = `
folder=$1; count=$2; shift 2
while [ "$count" -gt 0 ]; do echo 0 > "$1/cgroup.procs"; shift; count=$((count - 1)); done
cd "$folder"
exec "$@"
`;

/** The network and mounts of one node: nothing of the machine's changes, and several nodes don't meet. */
export class NodeNamespaces {
  readonly #holder: ChildProcess;
  readonly pid: number;

  private constructor(holder: ChildProcess, pid: number) {
    this.#holder = holder;
    this.pid = pid;
  }

  /** Makes them; one sleeping process in `cgroups` holds them. */
  static async create(directory: string, cgroups: readonly string[]): Promise<NodeNamespaces> {
    for (const folder of OWN_FOLDERS) mkdirSync(join(directory, folder), { recursive: true, mode: 0o755 });
    const script = ["sh", "-c", setUp, "sh", directory, ...OWN_FOLDERS];
    const unshare = ["unshare", "--net", "--mount", "--propagation", "private", ...script];
    const [program = "", ...args] = inCgroups(unshare, cgroups);
    const holder = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
    const pid = holder.pid;
    if (pid === undefined) throw new Error("the node's namespaces could not be made: sh can't be started");
    let errors = "";
    holder.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once("data", () => {
        resolve();
      });
      holder.once("close", () => {
        reject(new Error(`the node's namespaces could not be made: ${errors.trim()}`));
      });
    });
    return new NodeNamespaces(holder, pid);
  }

  get held(): boolean {
    return this.#holder.exitCode === null && this.#holder.signalCode === null;
  }

  /** The command that runs another one in there, in these cgroups. */
  command(argv: readonly string[], cgroups: readonly string[]): string[] {
    return ["nsenter", `--target=${String(this.pid)}`, "--net", "--mount", "--", ...inCgroups(argv, cgroups)];
  }
}

function inCgroups(argv: readonly string[], cgroups: readonly string[]): string[] {
  return ["sh", "-c", enter, "sh", process.cwd(), String(cgroups.length), ...cgroups, ...argv];
}
