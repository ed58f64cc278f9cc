/** The tracer, as the one who chooses a PID namespace sees it. */
export interface NamespaceFollower {
  /** Whether a process of this pod, other than the tracer's own container's, runs in the namespace. */
  holdsProcessOfThisPod(inode: number): Promise<boolean>;
  /**
   * Logs the namespace and all nested in it from the return on. Throws if the kernel refuses. A namespace that has
   * ended before is reported through `onEnded`, later.
   */
  follow(inode: number): void;
  /** Undoes `follow`. */
  unfollow(inode: number): void;
  /** Calls back when a followed namespace has ended; never from within `follow`. */
  onEnded(callback: (inode: number) => void): void;
}
