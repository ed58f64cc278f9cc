import type { Metadata, PodFacts } from "./podFacts.ts";

/** Where pods are known from: the API server's watch or, in tests, a list. */
export interface PodSource {
  start(listener: PodListener): void;
  /**
   * Something runs in a pod that the source has not told: it is to make sure that it hears news at all. May be called
   * for each event.
   */
  doubt(): void;
  stop(): void;
}

/** Is told about the pods of this node. */
export interface PodListener {
  /** It is there, and what owns it is being looked up: how it and its containers are called is known already. */
  podSeen(pod: PodFacts): void;
  /** New or changed. `owners` are all that were found, the nearest first: nothing is told before they were looked up. */
  podChanged(pod: PodFacts, owners: readonly Metadata[]): void;
  /** It is gone from the API; its processes may still end. */
  podDeleted(cgroupUid: string): void;
  /** All pods that there are have been told, with their owners as far as these could be looked up. */
  listed(): void;
}
