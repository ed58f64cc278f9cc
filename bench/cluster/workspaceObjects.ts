import { createHash } from "node:crypto";

/** What names all objects of the benchmark, and the value of their label. */
export const BENCH = "process-logging-bench";

/** Name of the node with that number. */
export function nodeName(number: number): string {
  return `${BENCH}-${String(number).padStart(4, "0")}`;
}

/** Name of the workspace pod with that number. */
export function podName(number: number): string {
  return `coder-user${String(number).padStart(5, "0")}-main`;
}

/** Id of its container, as a runtime gives them. */
export function containerId(number: number): string {
  return createHash("sha256").update(podName(number)).digest("hex");
}

/** A node object without a kubelet. */
export function nodeObject(number: number): object {
  const labels = {
    bench: BENCH,
    "kubernetes.io/os": "linux",
    "kubernetes.io/arch": "amd64",
    "kubernetes.io/hostname": nodeName(number),
    "node.kubernetes.io/instance-type": "m6i.4xlarge",
    "topology.kubernetes.io/zone": "eu-central-1a",
  };
  const metadata = { name: nodeName(number), labels };
  return { apiVersion: "v1", kind: "Node", metadata, spec: { unschedulable: true } };
}

/** What a kubelet would say of that node, with as many images as it tells by default. */
export function nodeStatus(number: number): object {
  const now = new Date().toISOString();
  const times = { lastHeartbeatTime: now, lastTransitionTime: now };
  const fine = ["MemoryPressure", "DiskPressure", "PIDPressure"].map((type) => ({
    ...{ type, status: "False", reason: `KubeletHasNo${type}`, message: "kubelet has enough", ...times },
  }));
  const room = { cpu: "16", memory: "64Gi", pods: "250", "ephemeral-storage": "200Gi" };
  return {
    capacity: room,
    allocatable: room,
    conditions: [
      ...fine,
      { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting", ...times },
    ],
    addresses: [{ type: "Hostname", address: nodeName(number) }],
    images: Array.from({ length: 50 }, (_, image) => ({
      names: [`registry.example.com/team/image-${String(image)}@sha256:${containerId(image)}`],
      sizeBytes: 100_000_000 + image,
    })),
    nodeInfo: {
      ...{ machineID: "0", systemUUID: "0", bootID: "0" },
      kernelVersion: "6.8.0-1021-aws",
      osImage: "Ubuntu 24.04.1 LTS",
      containerRuntimeVersion: "containerd://1.7.24",
      ...{ kubeletVersion: "v1.34.4", kubeProxyVersion: "" },
      operatingSystem: "linux",
      architecture: "amd64",
    },
  };
}

/** A workspace's pod, as Coder's template for Kubernetes makes it, on that node. */
export function podObject(number: number, node: number): object {
  const user = `user${String(number).padStart(5, "0")}`;
  const id = containerId(number);
  const labels = {
    bench: BENCH,
    "app.kubernetes.io/name": "coder-workspace",
    "app.kubernetes.io/instance": `coder-workspace-${id.slice(0, 36)}`,
    "app.kubernetes.io/part-of": "coder",
    "com.coder.resource": "true",
    "com.coder.workspace.id": id.slice(0, 36),
    "com.coder.workspace.name": "main",
    "com.coder.user.id": id.slice(28),
    "com.coder.user.username": user,
  };
  const annotations = { "com.coder.user.email": `${user}@example.com` };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: podName(number), labels, annotations },
    spec: {
      nodeName: nodeName(node),
      // No kubelet reports of these nodes: nothing shall evict their pods.
      tolerations: [{ operator: "Exists" }],
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsUser: 1000, fsGroup: 1000, runAsNonRoot: true },
      containers: [
        {
          name: "dev",
          image: "registry.example.com/enterprise-base:ubuntu",
          command: ["sh", "-c", `#!/usr/bin/env sh\nset -eux\n${"# what starts the agent\n".repeat(30)}`],
          env: [
            { name: "CODER_AGENT_TOKEN", value: id },
            { name: "CODER_AGENT_URL", value: "https://coder.example.com" },
          ],
          resources: { requests: { cpu: "250m", memory: "512Mi" }, limits: { cpu: "2", memory: "2Gi" } },
          volumeMounts: [{ name: "home", mountPath: "/home/coder" }],
        },
      ],
      volumes: [{ name: "home", persistentVolumeClaim: { claimName: `coder-${id.slice(0, 36)}-home` } }],
    },
  };
}

/** What a kubelet would say of that pod once it runs. */
export function podStatus(number: number): object {
  const now = new Date().toISOString();
  const types = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];
  return {
    phase: "Running",
    startTime: now,
    podIP: "10.0.0.1",
    podIPs: [{ ip: "10.0.0.1" }],
    qosClass: "Burstable",
    conditions: types.map((type) => ({ type, status: "True", lastTransitionTime: now })),
    containerStatuses: [
      {
        name: "dev",
        image: "registry.example.com/enterprise-base:ubuntu",
        imageID: `registry.example.com/enterprise-base@sha256:${containerId(number)}`,
        containerID: `containerd://${containerId(number)}`,
        ...{ ready: true, started: true, restartCount: 0 },
        state: { running: { startedAt: now } },
      },
    ],
  };
}
