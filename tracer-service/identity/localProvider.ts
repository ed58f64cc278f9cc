import type { CgroupTree } from "../cgroup/cgroupTree.ts";
import { TimeShare } from "../cgroup/timeShare.ts";
import { VisitLimit } from "../cgroup/visitLimit.ts";
import type { KernelCgroupMade } from "../decode/kernelRecord.ts";
import { constants } from "../kernel/layout.ts";
import { CgroupMap } from "./cgroupMap.ts";
import type { Attributed, IdentityProvider, ScopeControl, Whereabouts } from "./identityProvider.ts";
import type { OwnerTable } from "./ownerTable.ts";
import { Workspace } from "./workspace.ts";
import type { LoginUidWorkspace, WorkspaceMatcher } from "./workspaceMatcher.ts";

/** How many cgroups that were looked for in vain are remembered. */
const UNKNOWN_LIMIT = 4096;

interface WorkspaceRoot {
  readonly workspace: Workspace;
  readonly owner: number;
  /** The cgroups at its path, one a hierarchy. */
  readonly keys: Set<bigint>;
}

/**
 * Workspaces by cgroup-path and login-uid rules. The paths below which rules can match are captured as a whole, so
 * that the first process of a new workspace is not missed; what turns out to be none is taken out again.
 */
export class LocalProvider implements IdentityProvider {
  readonly #matcher: WorkspaceMatcher;
  readonly #tree: CgroupTree;
  readonly #scope: ScopeControl;
  readonly #owners: OwnerTable;
  readonly #prefixes: readonly string[];
  readonly #roots = new Map<string, WorkspaceRoot>();
  readonly #attributed = new CgroupMap<Attributed | "outside">();
  readonly #byLogin = new WeakMap<LoginUidWorkspace, Workspace>();
  readonly #unknown = new Set<bigint>();
  /** Cgroups that were given a verdict of their own. */
  readonly #verdicts = new Set<bigint>();
  readonly #searching = new TimeShare();

  constructor(matcher: WorkspaceMatcher, tree: CgroupTree, scope: ScopeControl, owners: OwnerTable) {
    this.#matcher = matcher;
    this.#tree = tree;
    this.#scope = scope;
    this.#owners = owners;
    this.#prefixes = matcher.capturePrefixes();
  }

  workspaces(): readonly Workspace[] {
    return [...this.#roots.values()].map((root) => root.workspace);
  }

  start(): void {
    this.#prefixes.forEach((prefix, i) => {
      // First for the cgroup that is made from now on, then for the one that exists: none slips through between.
      this.#scope.setPathVerdict(prefix, this.#owners.shared, i + 1);
      for (const key of this.#tree.keysOf(prefix)) this.#scope.setCgroupVerdict(key, this.#owners.shared);
    });
    this.#search();
  }

  cgroupMade(record: KernelCgroupMade): void {
    const prefix = this.#prefixes[record.prefix - 1];
    if (prefix !== undefined) this.#tree.addPath(record.cgroupKey, prefix);
    const path = prefix ?? this.#tree.add(record.cgroupKey, record.parentKey, record.name);
    if (path !== undefined) this.#learn(record.cgroupKey, path);
  }

  cgroupRemoved(cgroupKey: bigint): void {
    const path = this.#tree.path(cgroupKey);
    this.#tree.remove(cgroupKey);
    this.#attributed.delete(cgroupKey);
    // The kernel drops a verdict with its cgroup, but one that lived briefly was given its verdict after its end.
    if (this.#verdicts.delete(cgroupKey)) this.#scope.clearCgroupVerdict(cgroupKey);
    const root = path === undefined ? undefined : this.#roots.get(path);
    if (path === undefined || root === undefined) return;
    root.keys.delete(cgroupKey);
    if (root.keys.size > 0) return;
    this.#roots.delete(path);
    this.#owners.release(root.owner);
  }

  caughtUp(): void {
    this.#owners.releaseInherited();
  }

  resynchronise(): void {
    // Forgets through the same door as a notice would, so that nothing of a workspace stays behind.
    for (const [key] of this.#tree.gone()) this.cgroupRemoved(key);
    this.#search();
  }

  attribute(whereabouts: Whereabouts): Attributed | "outside" {
    const known = this.#attributed.get(whereabouts.cgroupKey) ?? this.#find(whereabouts.cgroupKey);
    if (known !== undefined && known !== "outside" && known.workspace !== undefined) return known;
    const cgroup = this.#tree.path(whereabouts.cgroupKey);
    const workspace =
      this.#owners.workspace(whereabouts.owner) ?? this.#workspaceOfLogin(whereabouts.loginUid);
    if (workspace !== undefined) return { workspace, cgroup };
    return known ?? { workspace: undefined, cgroup };
  }

  #workspaceOfLogin(uid: number | undefined): Workspace | undefined {
    const match = uid === undefined ? undefined : this.#matcher.matchLoginUid(uid);
    if (match === undefined) return undefined;
    const known = this.#byLogin.get(match);
    if (known !== undefined) return known;
    const workspace = new Workspace(match.labels, match.attribution);
    this.#byLogin.set(match, workspace);
    return workspace;
  }

  /** A cgroup that was never announced: its notice was lost, or it lies outside of the captured paths. */
  #find(cgroupKey: bigint): Attributed | "outside" | undefined {
    if (this.#unknown.has(cgroupKey)) return undefined;
    if (!this.#searching.spend(this.#search)) return undefined;
    if (!this.#attributed.has(cgroupKey)) {
      if (this.#unknown.size >= UNKNOWN_LIMIT) this.#unknown.clear();
      this.#unknown.add(cgroupKey);
    }
    return this.#attributed.get(cgroupKey);
  }

  readonly #search = (): void => {
    const visits = new VisitLimit();
    for (const prefix of this.#prefixes) {
      this.#tree.scan(prefix, (key, path) => {
        if (!this.#attributed.has(key)) this.#learn(key, path);
        const known = this.#attributed.get(key);
        const root = known === "outside" ? undefined : known?.workspace?.root;
        return root === undefined || this.#matcher.canMatchBelow(path) || visits.mayGoBelow(root);
      });
    }
  };

  #learn(key: bigint, path: string): void {
    const match = this.#matcher.match(path);
    if (match === undefined && this.#matcher.isUncertain(path)) {
      // Somebody's, but nobody can say whose: logged without labels rather than not at all.
      this.#attributed.set(key, { workspace: undefined, cgroup: path });
      return;
    }
    if (match === undefined) {
      this.#attributed.set(key, "outside");
      // Unlike `IGNORED` this leaves the rest to decide, the other hierarchy and the login uid: else whoever moves there, as
      // `sudo systemd-run --scope --slice=user-x.slice` does, would not be logged.
      if (!this.#matcher.canMatchBelow(path)) this.#setVerdict(key, constants.UNDECIDED);
      return;
    }
    let root = this.#roots.get(match.root);
    if (root === undefined) {
      const workspace = new Workspace(match.labels, match.attribution, match.root);
      root = { workspace, owner: this.#owners.allocate(workspace), keys: new Set() };
      this.#roots.set(match.root, root);
    }
    this.#attributed.set(key, { workspace: root.workspace, cgroup: path });
    if (path === match.root && !root.keys.has(key)) {
      root.keys.add(key);
      this.#setVerdict(key, root.owner);
    }
  }

  #setVerdict(key: bigint, owner: number): void {
    this.#scope.setCgroupVerdict(key, owner);
    this.#verdicts.add(key);
  }
}
