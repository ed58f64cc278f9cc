import { constants } from "../kernel/layout.ts";
import type { OwnerMemory } from "./ownerMemory.ts";
import type { Workspace } from "./workspace.ts";

/** The owner that workspaces share when there are more than the kernel has numbers for. */
const SHARED_OWNER = constants.FIRST_OWNER;

/**
 * Gives workspaces the small numbers by which the kernel counts for them. A number is given out again as late as
 * possible, so that what a process of the former owner still does is not counted for the next.
 */
export class OwnerTable<T = Workspace> {
  readonly #workspaces = new Map<number, T>();
  readonly #memory: OwnerMemory<T> | undefined;
  /** Numbers that an earlier service gave out, by the names of their workspaces, until they are asked for again. */
  readonly #inherited = new Map<string, number>();
  #last: number = SHARED_OWNER;

  /** `memory`: what an earlier service gave out goes on to be known. */
  constructor(memory?: OwnerMemory<T>) {
    this.#memory = memory;
    for (const [owner, text] of memory?.texts.all() ?? []) {
      const workspace = memory?.restore(text, owner);
      if (memory === undefined || workspace === undefined) continue;
      this.#workspaces.set(owner, workspace);
      this.#inherited.set(memory.nameOf(workspace), owner);
    }
  }

  /** The shared owner: scope paths whose workspaces are not known yet, and workspaces beyond the last number. */
  get shared(): number {
    return SHARED_OWNER;
  }

  /** What an earlier service knew and nobody has asked for yet. */
  inherited(): T[] {
    return [...this.#inherited.values()].flatMap((owner) => this.#workspaces.get(owner) ?? []);
  }

  /** A workspace that an earlier service knew has the number that it had then. */
  allocate(workspace: T): number {
    const name = this.#memory?.nameOf(workspace) ?? "";
    const inherited = this.#inherited.get(name);
    if (inherited !== undefined) {
      this.#inherited.delete(name);
      this.#workspaces.set(inherited, workspace);
      return inherited;
    }
    const first = SHARED_OWNER + 1;
    const count = constants.FIRST_LOGIN_OWNER - first;
    for (let step = 1; step <= count; step++) {
      const candidate = first + ((this.#last + step - first) % count);
      if (!this.#workspaces.has(candidate)) {
        this.#last = candidate;
        this.#workspaces.set(candidate, workspace);
        this.describe(candidate, workspace);
        return candidate;
      }
    }
    return SHARED_OWNER;
  }

  workspace(owner: number): T | undefined {
    return this.#workspaces.get(owner);
  }

  /** Leaves to the next service whose a number is; to be called again when more is known of it. */
  describe(owner: number, workspace: T): void {
    if (this.#workspaces.has(owner)) this.#memory?.texts.keep(owner, this.#memory.describe(workspace));
  }

  /** Gives up what an earlier service gave out and nobody has asked for: nothing of it is left to be read. */
  releaseInherited(): void {
    for (const owner of this.#inherited.values()) this.#workspaces.delete(owner);
    this.#inherited.clear();
  }

  release(owner: number): void {
    this.#workspaces.delete(owner);
  }
}
