import { randomUUID } from "node:crypto";

import type { Container } from "./container.ts";
import type { ContainerHost } from "./containerHost.ts";
import type { ContainerOptions } from "./ociConfig.ts";

const pause = "ip link set lo up && echo up && exec sleep 1000000";

/** What a pod's container is told; the pod gives it its cgroup and its network. */
export type PodContainerOptions = Omit<ContainerOptions, "cgroup" | "network">;

/** A pod as kubelet and a container runtime make it: a pause container holds the network that its containers share. */
export class Pod {
  readonly uid = randomUUID();
  /** Path of its cgroup from the hierarchy's root. */
  readonly cgroup: string;
  readonly #host: ContainerHost;
  #network = "";
  #containers = 0;

  private constructor(host: ContainerHost) {
    this.#host = host;
    this.cgroup = host.path("kubepods", "burstable", `pod${this.uid}`);
  }

  static async start(host: ContainerHost): Promise<Pod> {
    const pod = new Pod(host);
    const container = host.start({
      args: ["/bin/sh", "-c", pause],
      cgroup: `${pod.cgroup}/pause`,
      network: {},
      privileged: true,
    });
    await container.says("up");
    pod.#network = `/proc/${String(await container.pid())}/ns/net`;
    return pod;
  }

  /** Starts a container of the busybox image. */
  start(options: PodContainerOptions): Container {
    return this.#host.start(this.#complete(options));
  }

  /** Starts a container of an image with the host's programs. */
  startWithHostPrograms(options: PodContainerOptions): Container {
    return this.#host.startWithHostPrograms(this.#complete(options));
  }

  #complete(options: PodContainerOptions): ContainerOptions {
    const cgroup = `${this.cgroup}/container-${String(++this.#containers)}`;
    return { ...options, cgroup, network: { path: this.#network } };
  }
}
