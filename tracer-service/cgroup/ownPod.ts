import type { SelfLocation } from "../kernel/sharedMemory.ts";

/** Keys of the tracer's own pod and of its own container in it. */
export interface OwnPod {
  readonly podKey: bigint;
  readonly containerKey: bigint;
  /** Paths of both and of what lies above, for naming what is found below. */
  readonly paths: readonly { readonly key: bigint; readonly path: string }[];
}

/**
 * A pod's cgroup as kubelet names it: `pod<uid>` with the cgroupfs driver, `kubepods-…-pod<uid>.slice` with systemd's;
 * the uid of a static pod has no dashes.
 */
const POD =
  /^(?:kubepods(?:-burstable|-besteffort)?-)?pod[0-9a-f]{8}(?:[-_]?[0-9a-f]{4}){3}[-_]?[0-9a-f]{12}(?:\.slice)?$/;

/**
 * Finds the pod in the kernel's view of the tracer's own cgroup: a container can't know its path. The outermost
 * match counts. Throws one line when there is none.
 */
export function findOwnPod(self: SelfLocation): OwnPod {
  const fromRoot = [...self.cgroups].reverse();
  const pod = fromRoot.findIndex(({ name }) => POD.test(name));
  const container = fromRoot[pod + 1];
  const podLevel = fromRoot[pod];
  const path = (depth: number): string =>
    `/${fromRoot
      .slice(1, depth + 1)
      .map(({ name }) => name)
      .join("/")}`;
  if (podLevel === undefined || container === undefined) {
    throw new Error(
      `this process is not in a container of a Kubernetes pod (its cgroup is ${JSON.stringify(path(fromRoot.length - 1))}): name what to trace with --cgroup or --pid-namespace`,
    );
  }
  return {
    podKey: podLevel.key,
    containerKey: container.key,
    paths: fromRoot.slice(0, pod + 2).map(({ key }, depth) => ({ key, path: path(depth) })),
  };
}
