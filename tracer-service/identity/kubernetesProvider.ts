import { setTimeout as sleep } from "node:timers/promises";

import type { CgroupTree } from "../cgroup/cgroupTree.ts";
import { TimeShare } from "../cgroup/timeShare.ts";
import { VisitLimit } from "../cgroup/visitLimit.ts";
import type { Attribution } from "../../protocol/events.ts";
import type { KernelCgroupMade, ScopeWay } from "../decode/kernelRecord.ts";
import { constants } from "../kernel/layout.ts";
import { CgroupMap } from "./cgroupMap.ts";
import type { Attributed, Awaited, IdentityProvider, ScopeControl, Whereabouts } from "./identityProvider.ts";
import { KnownPod, type IdentityChange } from "./knownPod.ts";
import type { OwnerTable } from "./ownerTable.ts";
import type { Metadata, PodFacts } from "./podFacts.ts";
import type { PodRules } from "./podIdentity.ts";
import { parsePodPath, type PodPath } from "./podPath.ts";
import type { PodListener, PodSource } from "./podSource.ts";
import type { Workspace } from "./workspace.ts";

/** How many cgroups that were looked for in vain are remembered. */
const UNKNOWN_LIMIT = 4096;
/** How long a pod is remembered whose cgroup is gone: events of it may still wait for what it is. */
const REMEMBER_MS = 300_000;
const NOTHING_KNOWN: Attributed = { workspace: undefined, cgroup: undefined };

/** What a provider of pods needs. */
export interface KubernetesProviderOptions {
  /** The cgroups below which kubelet keeps the pods; asked once the programs are attached. */
  readonly roots: () => readonly string[];
  readonly tree: CgroupTree;
  readonly scope: ScopeControl;
  readonly owners: OwnerTable<PodCgroups>;
  readonly rules: PodRules;
  readonly report: PodReports;
  readonly source: PodSource;
  /** How long the API server may take to tell what runs already, ms. */
  readonly readyMs: number;
  readonly nowMs?: () => number;
}

/** Where what should be seen about pods goes. */
export interface PodReports {
  identityChanged(change: IdentityChange): void;
  problem(pod: KnownPod, problem: string): void;
}

/** A pod, with what the kernel was told about it. */
export interface PodCgroups {
  readonly pod: KnownPod;
  readonly owner: number;
  /** Its own cgroup, by key: one a hierarchy. */
  readonly cgroups: Map<bigint, string>;
  /** Whether the API has it. */
  listed: boolean;
  goneMs: number | undefined;
}

/** Where in a pod a cgroup lies. */
interface Location {
  readonly entry: PodCgroups;
  readonly path: PodPath;
  readonly cgroup: string;
  attributed: Attributed | undefined;
}

interface Outside {
  readonly cgroup: string | undefined;
  readonly attribution?: Attribution;
  readonly containerId?: string | undefined;
}

/**
 * Workspaces by the pods of this node. All of kubelet's cgroups are captured, so that the first process of a new pod
 * is not missed; events wait for what their pod is, and pods that turn out to be none are taken out again.
 */
export class KubernetesProvider implements IdentityProvider, PodListener {
  readonly #options: KubernetesProviderOptions;
  readonly #nowMs: () => number;
  #roots: readonly string[] = [];
  readonly #pods = new Map<string, PodCgroups>();
  readonly #locations = new CgroupMap<Location>();
  readonly #unknown = new Set<bigint>();
  readonly #searching = new TimeShare();
  readonly #listed = Promise.withResolvers<undefined>();
  #listener: ((awaiting: string) => void) | undefined;

  constructor(options: KubernetesProviderOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    // Known from an earlier service; which of them are still there is found out at the start.
    for (const entry of options.owners.inherited()) this.#pods.set(entry.pod.uid, entry);
  }

  /** Resolves when the API server has told all pods once, or has had its time. */
  get ready(): Promise<unknown> {
    return Promise.race([this.#listed.promise, sleep(this.#options.readyMs, undefined, { ref: false })]);
  }

  /** Pods that run here, by what is known of them. */
  get counts(): Readonly<Record<KnownPod["standing"], number>> {
    const counts = { unknown: 0, workspace: 0, outside: 0 };
    for (const { pod, goneMs, cgroups } of this.#pods.values()) {
      if (goneMs === undefined && cgroups.size > 0) counts[pod.standing]++;
    }
    return counts;
  }

  onNews(listener: (awaiting: string) => void): void {
    this.#listener = listener;
  }

  workspaces(): readonly Workspace[] {
    return [...this.#pods.values()].flatMap(({ pod, cgroups }) =>
      pod.workspace !== undefined && cgroups.size > 0 ? [pod.workspace] : [],
    );
  }

  start(): void {
    const { roots, tree, scope, owners, source } = this.#options;
    this.#roots = roots();
    this.#roots.forEach((root, i) => {
      // First for the cgroup that is made from now on, then for the one that exists: none slips through between.
      scope.setPathVerdict(root, owners.shared, i + 1);
      for (const key of tree.keysOf(root)) scope.setCgroupVerdict(key, owners.shared);
    });
    this.#search();
    source.start(this);
  }

  cgroupMade(record: KernelCgroupMade): void {
    const { tree } = this.#options;
    const root = this.#roots[record.prefix - 1];
    if (root !== undefined) tree.addPath(record.cgroupKey, root);
    const path = root ?? tree.add(record.cgroupKey, record.parentKey, record.name);
    const location = path === undefined ? undefined : this.#learn(record.cgroupKey, path, true);
    const containerId = location?.path.containerId;
    if (containerId !== undefined) location?.entry.pod.containerMade(containerId);
    this.#forgetOld();
  }

  cgroupRemoved(cgroupKey: bigint): void {
    this.#options.tree.remove(cgroupKey);
    const location = this.#locations.get(cgroupKey);
    this.#locations.delete(cgroupKey);
    const entry = location?.entry;
    if (entry?.cgroups.delete(cgroupKey) !== true) return;
    // The kernel drops a verdict with its cgroup, but one that lived briefly was given its verdict after its end.
    this.#options.scope.clearCgroupVerdict(cgroupKey);
    if (entry.cgroups.size === 0) entry.goneMs = this.#nowMs();
  }

  resynchronise(): void {
    for (const [key] of this.#options.tree.gone()) this.cgroupRemoved(key);
    this.#unknown.clear();
    this.#search();
  }

  attribute(whereabouts: Whereabouts): Attributed | "outside" | Awaited {
    const { cgroupKey, owner, via = "scope", origin = cgroupKey } = whereabouts;
    if (via !== "scope") return this.#attributeOutside(cgroupKey, origin, owner, via);
    const location = this.#locations.get(cgroupKey) ?? this.#find(cgroupKey);
    if (location !== undefined) return this.#attributeAt(location);
    const entry = this.#options.owners.workspace(owner);
    const cgroup = this.#options.tree.path(cgroupKey);
    // A loss counted for the pod as a whole, or a cgroup that was gone before its name was read.
    if (entry !== undefined)
      return this.#await(entry, () => settlePod(entry.pod, { cgroup }), cgroup, undefined);
    return cgroup === undefined ? NOTHING_KNOWN : { workspace: undefined, cgroup };
  }

  podSeen(facts: PodFacts): void {
    const entry = this.#entry(facts.cgroupUid);
    const other = entry.pod.meet(facts);
    for (const problem of other?.problems ?? []) this.#options.report.problem(entry.pod, problem);
    entry.listed = true;
    this.#options.owners.describe(entry.owner, entry);
  }

  podChanged(facts: PodFacts, owners: readonly Metadata[]): void {
    const entry = this.#entry(facts.cgroupUid);
    const { pod } = entry;
    const before = pod.standing;
    const { change, problems } = pod.learn(facts, owners, this.#options.rules);
    entry.listed = true;
    for (const problem of problems) this.#options.report.problem(pod, problem);
    if (change !== undefined) this.#options.report.identityChanged(change);
    this.#options.owners.describe(entry.owner, entry);
    if (pod.standing !== before) this.#applyStanding(entry, before === "outside");
    this.#listener?.(pod.uid);
  }

  podDeleted(cgroupUid: string): void {
    const entry = this.#pods.get(cgroupUid);
    if (entry === undefined) return;
    entry.listed = false;
    // Of an ignored pod, the kernel does not tell when its cgroup goes.
    if (entry.pod.standing === "outside" || entry.cgroups.size === 0) entry.goneMs ??= this.#nowMs();
    this.#forgetOld();
  }

  listed(): void {
    this.#listed.resolve(undefined);
  }

  /** A process whose own cgroup lies elsewhere: known by where it came from, or by the pod that the kernel names. */
  #attributeOutside(
    cgroupKey: bigint,
    origin: bigint,
    owner: number,
    via: Exclude<ScopeWay, "scope">,
  ): Attributed | "outside" | Awaited {
    const location = this.#locations.get(origin);
    const entry = this.#options.owners.workspace(owner) ?? location?.entry;
    const cgroup = origin === cgroupKey ? undefined : this.#options.tree.path(cgroupKey);
    if (entry === undefined) return cgroup === undefined ? NOTHING_KNOWN : { workspace: undefined, cgroup };
    const attribution = via === "namespace" ? "pid_namespace" : "lineage";
    const containerId = location?.entry === entry ? location.path.containerId : undefined;
    const settle = (): Attributed | "outside" | undefined =>
      settlePod(entry.pod, { cgroup, attribution, containerId });
    return this.#await(entry, settle, cgroup, containerId);
  }

  #attributeAt(location: Location): Attributed | "outside" | Awaited {
    const { entry, cgroup, path } = location;
    return (
      settleLocation(location) ?? this.#await(entry, () => settleLocation(location), cgroup, path.containerId)
    );
  }

  /** What has become known already, else something to wait for. */
  #await(
    { pod, listed }: PodCgroups,
    settle: () => Attributed | "outside" | undefined,
    cgroup: string | undefined,
    containerId: string | undefined,
  ): Attributed | "outside" | Awaited {
    const settled = settle();
    if (settled !== undefined) return settled;
    if (!listed && pod.standing === "unknown") this.#options.source.doubt();
    return {
      awaiting: pod.uid,
      settle,
      giveUp: () => ({
        workspace: pod.workspace,
        cgroup,
        pod: pod.placeOf(containerId) ?? pod.placeOfUnnamed(containerId),
        ...(pod.workspace === undefined && { attribution: "pending-expired" as const }),
      }),
    };
  }

  /** A cgroup that was never announced: its notice was lost, or it lies outside of the captured paths. */
  #find(cgroupKey: bigint): Location | undefined {
    if (this.#unknown.has(cgroupKey)) return undefined;
    if (!this.#searching.spend(this.#search)) return undefined;
    const found = this.#locations.get(cgroupKey);
    if (found === undefined) {
      if (this.#unknown.size >= UNKNOWN_LIMIT) this.#unknown.clear();
      this.#unknown.add(cgroupKey);
    }
    return found;
  }

  readonly #search = (): void => {
    const visits = new VisitLimit();
    for (const root of this.#roots) this.#learnBelow(root, visits);
  };

  #learnBelow(root: string, visits: VisitLimit): void {
    this.#options.tree.scan(root, (key, path) => {
      const location = this.#locations.get(key) ?? this.#learn(key, path, false);
      const pod = location?.path.pod;
      return pod === undefined || path === pod || visits.mayGoBelow(pod);
    });
  }

  #learn(key: bigint, path: string, isNew: boolean): Location | undefined {
    const root = this.#roots.find((each) => path.startsWith(`${each}/`));
    const podPath = root === undefined ? undefined : parsePodPath(root, path);
    if (podPath === undefined) return undefined;
    const entry = this.#entry(podPath.podUid);
    if (isNew && path === podPath.pod) entry.pod.made();
    const location: Location = { entry, path: podPath, cgroup: path, attributed: undefined };
    this.#locations.set(key, location);
    if (path === podPath.pod && !entry.cgroups.has(key)) {
      entry.cgroups.set(key, path);
      entry.goneMs = undefined;
      this.#setVerdict(entry, key);
    }
    return location;
  }

  #entry(uid: string): PodCgroups {
    const known = this.#pods.get(uid);
    if (known !== undefined) return known;
    const { owners } = this.#options;
    const pod = new KnownPod(uid);
    const entry: PodCgroups = { pod, owner: 0, cgroups: new Map(), listed: false, goneMs: undefined };
    const numbered = Object.assign(entry, { owner: owners.allocate(entry) });
    this.#pods.set(uid, numbered);
    return numbered;
  }

  #setVerdict({ pod, owner }: PodCgroups, key: bigint): void {
    this.#options.scope.setCgroupVerdict(key, pod.standing === "outside" ? constants.IGNORED : owner);
  }

  #applyStanding(entry: PodCgroups, wasIgnored: boolean): void {
    for (const [key, path] of entry.cgroups) {
      this.#setVerdict(entry, key);
      // What was made in it while it was ignored was not announced.
      if (wasIgnored) this.#learnBelow(path, new VisitLimit());
    }
  }

  #forgetOld(): void {
    const { tree, scope, owners } = this.#options;
    const oldest = this.#nowMs() - REMEMBER_MS;
    for (const [uid, entry] of this.#pods) {
      if (entry.goneMs === undefined || entry.goneMs > oldest) continue;
      if (
        entry.pod.standing === "outside" &&
        [...entry.cgroups.values()].some((path) => tree.keysOf(path).length > 0)
      ) {
        entry.goneMs = this.#nowMs();
        continue;
      }
      if (entry.listed) continue;
      for (const key of entry.cgroups.keys()) scope.clearCgroupVerdict(key);
      for (const [key, location] of this.#locations) {
        if (location.entry !== entry) continue;
        this.#locations.delete(key);
        tree.remove(key);
      }
      owners.release(entry.owner);
      this.#pods.delete(uid);
    }
  }
}

/** Undefined while what the pod is, or which of its containers this is, is not known. */
function settleLocation(location: Location): Attributed | "outside" | undefined {
  if (location.attributed !== undefined) return location.attributed;
  const { entry, path, cgroup } = location;
  const { standing, workspace } = entry.pod;
  if (standing === "outside") return "outside";
  const pod = entry.pod.placeOf(path.containerId);
  if (workspace === undefined || pod === undefined) return undefined;
  location.attributed = { workspace, cgroup, pod };
  return location.attributed;
}

/** The same where there is no cgroup of the pod's to go by. */
function settlePod(
  pod: KnownPod,
  { cgroup, attribution, containerId }: Outside,
): Attributed | "outside" | undefined {
  if (pod.standing === "outside") return "outside";
  const place = pod.placeOf(containerId);
  if (pod.workspace === undefined || place === undefined) return undefined;
  return { workspace: pod.workspace, cgroup, pod: place, attribution };
}
