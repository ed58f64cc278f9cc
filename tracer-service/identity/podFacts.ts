/** Labels and annotations of an object of the API, as far as identity asks for them; values are hostile text. */
export interface Metadata {
  readonly uid: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  /** The owner that manages it. */
  readonly owner: OwnerReference | undefined;
}

/** Names the object that manages another. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** A container of a pod's manifest. */
export interface ContainerFacts {
  readonly name: string;
  /** As the manifest names it; undefined when it is no plain name. */
  readonly image: string | undefined;
}

/** What the API server says of a pod. */
export interface PodFacts extends Metadata {
  /** The uid that kubelet names its cgroup by: of a static pod not the one that the API gives its mirror. */
  readonly cgroupUid: string;
  readonly namespace: string;
  readonly name: string;
  readonly serviceAccount: string | undefined;
  /** Has a container named `exectrace` in its manifest, which logs it already. */
  readonly hasSidecar: boolean;
  /** By id, for as long as the status tells it: of restarted containers the current and the last. */
  readonly containers: ReadonlyMap<string, ContainerFacts>;
}
