import type { Attribution, Labels, PodPlace } from "../../protocol/events.ts";

/** What of a pod's place all its containers share. */
export type WorkspacePod = Pick<PodPlace, "namespace" | "pod" | "podUid">;

/** A workspace of this node, as the identity providers know it. */
export class Workspace {
  readonly labels: Labels;
  readonly attribution: Attribution;
  /** Path of the cgroup in which it begins; undefined when it is not bound to one. */
  readonly root: string | undefined;
  /** The pod that it is; undefined outside of Kubernetes. */
  readonly pod: WorkspacePod | undefined;
  /** Depth of PID namespaces at which the workspace runs, and how many processes keep it: infinitely many settle it. */
  #depth = 0;
  #keepers = 0;

  constructor(labels: Labels, attribution: Attribution, root?: string, pod?: WorkspacePod) {
    this.labels = labels;
    this.attribution = attribution;
    this.root = root;
    this.pod = pod;
  }

  /**
   * A process runs its first program, or ran when tracing began. The least depth at which one runs that was `born` in
   * the workspace is the workspace's own. One that came from outside decides only while it runs and nothing is
   * settled: a container runtime passes through the cgroup of each container that it starts.
   */
  enter(depth: number, born: boolean): void {
    if (this.#keepers === 0 || (born && depth < this.#depth)) {
      this.#depth = depth;
      this.#keepers = 0;
    }
    if (depth === this.#depth) this.#keepers += born ? Infinity : 1;
  }

  /** A process that had entered has ended. */
  leave(depth: number): void {
    if (depth === this.#depth && this.#keepers > 0) this.#keepers--;
  }

  /** Ends of processes were lost: unless it is settled, the next process decides anew. */
  missedLeaving(): void {
    if (this.#keepers !== Infinity) this.#keepers = 0;
  }

  /** Is a process at this depth of PID namespaces in a container inside of the workspace? */
  isNested(depth: number): boolean {
    return depth > this.#depth;
  }
}
