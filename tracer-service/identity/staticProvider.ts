import type { CgroupTree } from "../cgroup/cgroupTree.ts";
import type { KernelCgroupMade } from "../decode/kernelRecord.ts";
import { constants } from "../kernel/layout.ts";
import type { Attributed, IdentityProvider, ScopeControl, Whereabouts } from "./identityProvider.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Puts the one workspace's scope into the kernel, under the owner given. Returns the paths of cgroups that are in it
 * whenever they are made, in the order of their prefix numbers.
 */
export type StaticScope = (scope: ScopeControl, owner: number) => readonly string[];

/** One workspace, whose labels were given by flags: everything captured is its. */
export class StaticProvider implements IdentityProvider {
  readonly #workspace: Workspace;
  readonly #tree: CgroupTree;
  readonly #scope: ScopeControl;
  readonly #setScope: StaticScope;
  #paths: readonly string[] = [];

  constructor(workspace: Workspace, tree: CgroupTree, scope: ScopeControl, setScope: StaticScope) {
    this.#workspace = workspace;
    this.#tree = tree;
    this.#scope = scope;
    this.#setScope = setScope;
  }

  start(): void {
    this.#paths = this.#setScope(this.#scope, constants.FIRST_OWNER);
  }

  cgroupMade(record: KernelCgroupMade): void {
    const path = this.#paths[record.prefix - 1];
    if (path !== undefined) this.#tree.addPath(record.cgroupKey, path);
    else this.#tree.add(record.cgroupKey, record.parentKey, record.name);
  }

  cgroupRemoved(cgroupKey: bigint): void {
    this.#tree.remove(cgroupKey);
  }

  resynchronise(): void {
    for (const [key] of this.#tree.gone()) this.#tree.remove(key);
  }

  workspaces(): readonly Workspace[] {
    return [this.#workspace];
  }

  attribute(whereabouts: Whereabouts): Attributed {
    return { workspace: this.#workspace, cgroup: this.#tree.path(whereabouts.cgroupKey) };
  }
}
