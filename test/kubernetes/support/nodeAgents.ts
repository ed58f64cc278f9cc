import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Ground } from "./controlPlane.ts";
import type { Daemon } from "./daemon.ts";
import { NODE_ADDRESS } from "./nodeNamespaces.ts";

/** Name of the only node. */
export const NODE_NAME = "node1";

/** The image of the container that holds a pod's namespaces. */
export const PAUSE_IMAGE = "process-logging/pause:test";

/** Where the programs of Debian's containernetworking-plugins are. */
const CNI_PROGRAMS = "/usr/lib/cni";

/** Starts containerd. Its socket is the usual one, in the node's own `/run`. */
export function startContainerd({ directory, start }: Ground): Daemon {
  const network = join(directory, "cni");
  mkdirSync(network);
  writeFileSync(join(network, "10-test.conflist"), JSON.stringify(podNetwork));
  const config = join(directory, "containerd.toml");
  writeFileSync(config, containerdConfig(network, snapshotter(directory)));
  return start("containerd", ["containerd", "--config", config]);
}

/** Starts kubelet, whose root cgroup is the cluster's own, so that several nodes live on one machine. */
export function startKubelet({ directory, certificates, programs, start }: Ground, cgroup: string): Daemon {
  const config = join(directory, "kubelet.json");
  const staticPods = join(directory, "static-pods");
  mkdirSync(staticPods);
  const resolvConf = join(directory, "resolv.conf");
  writeFileSync(resolvConf, "# no names are resolved here\n");
  const clientCA = certificates.authority.certificate;
  writeFileSync(
    config,
    JSON.stringify({
      ...kubeletConfig,
      cgroupRoot: cgroup,
      staticPodPath: staticPods,
      resolvConf,
      authentication: {
        anonymous: { enabled: false },
        webhook: { enabled: true },
        x509: { clientCAFile: clientCA },
      },
    }),
  );
  return start("kubelet", [
    join(programs, "kubelet"),
    `--config=${config}`,
    `--kubeconfig=${certificates.kubeconfig("kubelet", `/O=system:nodes/CN=system:node:${NODE_NAME}`)}`,
    `--hostname-override=${NODE_NAME}`,
    `--node-ip=${NODE_ADDRESS}`,
  ]);
}

const kubeletConfig = {
  apiVersion: "kubelet.config.k8s.io/v1beta1",
  kind: "KubeletConfiguration",
  containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
  authorization: { mode: "Webhook" },
  cgroupDriver: "cgroupfs",
  failCgroupV1: false,
  failSwapOn: false,
  enforceNodeAllocatable: [],
  localStorageCapacityIsolation: false,
  // The machine's disk is not the tests' affair: no pod is evicted and no image removed because of it.
  evictionHard: {
    "memory.available": "0%",
    "nodefs.available": "0%",
    "imagefs.available": "0%",
    "nodefs.inodesFree": "0%",
  },
  imageGCHighThresholdPercent: 100,
  imageGCLowThresholdPercent: 99,
  // As often as it allows: a test waits for a log of more than 10 MiB to be rotated.
  containerLogMonitorInterval: "3s",
  maxPods: 300,
  eventRecordQPS: 0,
  kubeAPIQPS: 100,
  kubeAPIBurst: 200,
  volumePluginDir: "/var/lib/kubelet/volume-plugins",
};

const podNetwork = {
  cniVersion: "0.4.0",
  name: "test",
  plugins: [
    {
      type: "ptp",
      ipam: { type: "host-local", ranges: [[{ subnet: "10.98.0.0/16" }]], routes: [{ dst: "0.0.0.0/0" }] },
    },
  ],
};

function containerdConfig(network: string, snapshots: string): string {
  return `version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "${snapshots}"
  default_runtime_name = "runc"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = false
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "${CNI_PROGRAMS}"
  conf_dir = "${network}"
`;
}

/** Where the folder lies on an overlay itself, as in a container, another one can't be put on top. */
function snapshotter(directory: string): "overlayfs" | "native" {
  const trial = join(directory, "overlay-trial");
  for (const name of ["lower", "upper", "work", "merged"]) mkdirSync(join(trial, name), { recursive: true });
  const mount =
    'mount -t overlay -o "lowerdir=$0/lower,upperdir=$0/upper,workdir=$0/work" overlay "$0/merged"';
  const { status } = spawnSync("unshare", ["--mount", "--propagation", "private", "sh", "-c", mount, trial]);
  rmSync(trial, { recursive: true, force: true });
  return status === 0 ? "overlayfs" : "native";
}
