import { constants } from "../kernel/layout.ts";
import type { Workspace } from "./workspace.ts";

/** The owner that workspaces share when there are more than the kernel has numbers for. */
const SHARED_OWNER = constants.FIRST_OWNER;

/**
 * Gives workspaces the small numbers by which the kernel counts for them. A number is given out again as late as
 * possible, so that what a process of the former owner still does is not counted for the next.
 */
export class OwnerTable<T = Workspace> {
  readonly #workspaces = new Map<number, T>();
  #last: number = SHARED_OWNER;

  /** The shared owner: scope paths whose workspaces are not known yet, and workspaces beyond the last number. */
  get shared(): number {
    return SHARED_OWNER;
  }

  allocate(workspace: T): number {
    const first = SHARED_OWNER + 1;
    const count = constants.FIRST_LOGIN_OWNER - first;
    for (let step = 1; step <= count; step++) {
      const candidate = first + ((this.#last + step - first) % count);
      if (!this.#workspaces.has(candidate)) {
        this.#last = candidate;
        this.#workspaces.set(candidate, workspace);
        return candidate;
      }
    }
    return SHARED_OWNER;
  }

  workspace(owner: number): T | undefined {
    return this.#workspaces.get(owner);
  }

  release(owner: number): void {
    this.#workspaces.delete(owner);
  }
}
