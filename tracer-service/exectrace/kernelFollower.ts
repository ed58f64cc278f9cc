import { setTimeout } from "node:timers/promises";

import type { KernelRecord } from "../decode/kernelRecord.ts";
import type { NamespaceFollower } from "./namespaceFollower.ts";

/** What the follower needs of the kernel's side. */
export interface NamespaceScope {
  followNamespace(inode: number, owner: number): void;
  unfollowNamespace(inode: number): void;
  /** Whether the namespace is followed, and has not ended. */
  followsNamespace(inode: number): boolean;
  isPodNamespace(inode: number): boolean;
  forgetPodNamespace(inode: number): void;
}

/** How often it is looked whether a followed namespace has ended. */
export const LOOK_INTERVAL_MS = 1000;

/** A process that posts its namespace has just started or is about to do something: it need not be waited for long. */
const EVIDENCE_WAIT_MS = 1000;
const EVIDENCE_LOOK_MS = 50;

/**
 * Follows PID namespaces in the kernel. That a namespace is the pod's is not believed but seen: some process of the
 * pod's cgroup forked, ran or ended something in it since the programs were attached.
 */
export class KernelFollower implements NamespaceFollower {
  readonly #scope: NamespaceScope;
  readonly #owner: number;
  readonly #wait: (ms: number) => Promise<unknown>;
  readonly #followed = new Set<number>();
  readonly #ended: ((inode: number) => void)[] = [];

  constructor(scope: NamespaceScope, owner: number, wait: (ms: number) => Promise<unknown> = setTimeout) {
    this.#scope = scope;
    this.#owner = owner;
    this.#wait = wait;
  }

  async holdsProcessOfThisPod(inode: number): Promise<boolean> {
    for (let waitedMs = 0; waitedMs < EVIDENCE_WAIT_MS; waitedMs += EVIDENCE_LOOK_MS) {
      if (this.#scope.isPodNamespace(inode)) return true;
      await this.#wait(EVIDENCE_LOOK_MS);
    }
    return false;
  }

  follow(inode: number): void {
    this.#scope.followNamespace(inode, this.#owner);
    this.#followed.add(inode);
    // It may have ended since it was asked for: its end was out of scope then, and no record will tell.
    setImmediate(() => {
      if (this.#followed.has(inode) && !this.#scope.isPodNamespace(inode)) this.#end(inode);
    });
  }

  unfollow(inode: number): void {
    this.#followed.delete(inode);
    this.#scope.unfollowNamespace(inode);
    // The number may be given to another namespace.
    this.#scope.forgetPodNamespace(inode);
  }

  onEnded(callback: (inode: number) => void): void {
    this.#ended.push(callback);
  }

  /** To be called with each record: the first process of a followed namespace takes the namespace with it. */
  see(record: KernelRecord): void {
    if (record.type === "exit" && record.endedNamespace !== undefined) this.look();
  }

  /**
   * To be called every `LOOK_INTERVAL_MS`: a first process that ran nothing while it was followed ends without a record,
   * and a record may be lost. The kernel's scope knows every end, and knows an earlier namespace's record from this
   * one's with the same number.
   */
  look(): void {
    for (const inode of this.#followed) if (!this.#scope.followsNamespace(inode)) this.#end(inode);
  }

  #end(inode: number): void {
    this.#followed.delete(inode);
    for (const callback of this.#ended) callback(inode);
  }
}
