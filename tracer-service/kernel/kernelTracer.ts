import { randomUUID } from "node:crypto";
import { closeSync, readSync } from "node:fs";

import type { UsableV1Controller } from "../cgroup/cgroupMounts.ts";
import { isV1 } from "../cgroup/cgroupTree.ts";
import { type BpfMap, u32, u64 } from "./bpfMap.ts";
import type { BpfObject } from "./bpfObject.ts";
import type { EarlierLoad } from "./earlierLoad.ts";
import type { ExecBudget } from "./execBudget.ts";
import { findEarlier } from "./findEarlier.ts";
import { findSelf } from "./findSelf.ts";
import { FIND_REFUSED, HOOKS, programsAnEvent, STAND_INS } from "./hooks.ts";
import { InheritedKeys } from "./inheritedKeys.ts";
import { openIterator, recursionMisses, type KernelObjects } from "./kernelObjects.ts";
import { constants, layout } from "./layout.ts";
import { bootClockNs, monotonicClockNs } from "./libc.ts";
import type { Libbpf } from "./libbpf.ts";
import { loadPrograms, loadProgramsAside } from "./loadPrograms.ts";
import { LossCounters } from "./lossCounters.ts";
import { OwnerTexts } from "./ownerTexts.ts";
import type { PinDirectory } from "./pinDirectory.ts";
import { pinObjects } from "./pinnedObjects.ts";
import { PROCESS_MAPS, type ProcessesBefore } from "./processesBefore.ts";
import type { ProgramIdentity } from "./programIdentity.ts";
import { ReaderState } from "./readerState.ts";
import { RingBuffer } from "./ringBuffer.ts";
import { SharedMemory, type SelfLocation } from "./sharedMemory.ts";

/** What is fixed before the programs are loaded. */
export interface KernelTracerOptions {
  readonly objectPath: string;
  /** Size of the ring buffer, bytes: a power of two, at least a page. */
  readonly ringBytes: number;
  /** Size of the process table, entries. */
  readonly processLimit: number;
  /** The v1 hierarchy to look at, with its number from /proc/self/cgroup. */
  readonly v1: { readonly controller: UsableV1Controller; readonly hierarchy: number } | undefined;
  /** Login uids, first and last, whose processes are captured wherever they run; at most four ranges. */
  readonly loginUidRanges: readonly (readonly [number, number])[];
  /** Capture by PID namespace; captured cgroups then only tell which namespaces may be followed. */
  readonly followPidNamespaces: boolean;
  /** Capture what left the captured cgroups too, by the PID namespaces made in them and by lineage. */
  readonly followPods: boolean;
  /** How many of these namespaces are known at a time; all workspaces share them. */
  readonly namespaceLimit?: number;
  /** Let `SharedMemory.self` be found. */
  readonly findSelf: boolean;
  /** Load stand-ins for programs that are preempted; by default where the kernel lets them be. */
  readonly preemptible?: boolean;
  /** Programs to leave off their hooks, as if the kernel always refused to run them: a test's. */
  readonly refused?: readonly string[];
  /** Capture only what this process itself starts: for the self-test. */
  readonly onlyOwnChildren: boolean;
  /** Of each workspace; without one none has any. */
  readonly budget?: ExecBudget | undefined;
  /** Where the programs are left when the service ends; without it they end with it. */
  readonly pins?: PinDirectory;
  /** For how long they collect without a reader then, ns; 0: for ever. */
  readonly leaseNs?: bigint;
}

/** A time without cover: the programs of one load had ended and those of the next did not yet collect. Boot clock, ns. */
export interface CoverGap {
  readonly reason: "replaced" | "abandoned";
  readonly firstNs: bigint;
  readonly lastNs: bigint;
}

const SNAPSHOT_PROGRAM = "snapshot";
/** The one that sees what this process calls itself. */
const SELF_PROGRAM = "on_rename" satisfies (typeof HOOKS)[number];

/** The maps that the next reader needs. */
const PINNED_MAPS = [
  "ring",
  ".data.shared",
  "scope",
  "path_scope",
  "namespace_scope",
  "pod_namespaces",
  "losses",
  "loss_counters_freed",
  "owners",
  "losses_told",
  "owner_texts",
  ...PROCESS_MAPS,
] as const;

/** The scope, with the sizes of keys and values: what the next load of the programs goes on with. */
const SCOPE_MAPS = [
  ["scope", 8, 4],
  ["path_scope", constants.SCOPE_PATH_BYTES, layout.path_verdict.size],
  ["namespace_scope", 4, 4],
] as const;

/** Room in the count of positions for what the ring before may still have held. */
const RING_BASE_STEP = 1n << 40n;

/** The programs in the kernel and the maps through which they are told what to log. */
export class KernelTracer {
  readonly ring: RingBuffer;
  /** The position of the ring's first byte, in a count that goes on when the programs are replaced. */
  readonly ringBase: bigint;
  /** Names the count of positions. */
  readonly ringName: string;
  readonly shared: SharedMemory;
  readonly state: ReaderState;
  readonly losses: LossCounters;
  readonly ownerTexts: OwnerTexts;
  /** The programs were found in the kernel, where they had gone on collecting. */
  readonly adopted: boolean;
  /** Number of the latest event that an earlier reader has told; 0 where there was none. */
  readonly lastSeq: number;
  /** Processes whose exec numbers begin anew after `attach`: not known how many, if those of the programs before can't be read. */
  unnumbered: number | "unknown" = 0;
  /** What earlier services left that is to be read to its end, oldest first. */
  readonly earlier: readonly EarlierLoad[];
  readonly #options: KernelTracerOptions;
  readonly #libbpf: Libbpf;
  readonly #objects: KernelObjects;
  /** Undefined where the programs were found in the kernel. */
  readonly #loaded: BpfObject | undefined;
  readonly #scope: BpfMap;
  readonly #pathScope: BpfMap;
  readonly #namespaceScope: BpfMap;
  readonly #podNamespaces: BpfMap;
  readonly #inherited = new InheritedKeys();
  readonly #processes: ProcessesBefore;
  #pinnedIn: string | undefined;
  #closed = false;

  /**
   * Finds the programs that an earlier service left, or opens, configures and loads its own; nothing is attached yet.
   * Throws one line; nothing is left behind then.
   */
  constructor(options: KernelTracerOptions, found = findEarlier(options), loaded?: BpfObject) {
    const { libbpf, identity, earlier, adopted, processes } = found;
    this.#options = options;
    this.#libbpf = libbpf;
    const latest = earlier.at(-1);
    this.adopted = adopted;
    this.lastSeq = latest?.lastSeq ?? 0;
    this.earlier = adopted ? earlier.slice(0, -1) : earlier;
    this.#processes = processes;
    this.#loaded = adopted ? undefined : (loaded ?? loadPrograms(libbpf, options, found));
    try {
      this.#objects = this.#loaded ?? (latest as EarlierLoad).objects;
      this.ring = new RingBuffer(this.#objects.map("ring", 0, 0).fd, options.ringBytes);
      this.shared = new SharedMemory(this.#objects.map(".data.shared", 4, layout.shared.size).fd);
      this.state = new ReaderState(this.#objects.map("reader_state", 4, layout.reader_state.size).fd);
      this.losses = new LossCounters(this.#objects, this.shared, this.state);
      this.ownerTexts = new OwnerTexts(this.#objects.map("owner_texts", 4, constants.OWNER_TEXT_BYTES));
      this.#scope = this.#objects.map(...SCOPE_MAPS[0]);
      this.#pathScope = this.#objects.map(...SCOPE_MAPS[1]);
      this.#namespaceScope = this.#objects.map(...SCOPE_MAPS[2]);
      this.#podNamespaces = this.#objects.map("pod_namespaces", 4, 8);
      if (identity !== undefined && !this.adopted) this.#describe(identity, latest);
      this.ringBase = this.state.ringBase;
      this.ringName = this.state.ringName;
    } catch (error) {
      this.#loaded?.close();
      throw error;
    }
  }

  /** As the constructor, but this thread goes on while the kernel verifies the programs. Rejects with one line. */
  static async open(options: KernelTracerOptions): Promise<KernelTracer> {
    const found = findEarlier(options);
    const loaded = found.adopted ? undefined : await loadProgramsAside(found.libbpf, options, found);
    return new KernelTracer(options, found, loaded);
  }

  /** They outlive this process. */
  get pinned(): boolean {
    return this.#options.pins !== undefined;
  }

  /** Where this process runs, as the kernel sees it; before `attach`. Throws one line; nothing is attached afterwards. */
  locateSelf(): SelfLocation {
    const loaded = this.#loaded;
    if (loaded === undefined) return findSelf(this.shared);
    loaded.attach(SELF_PROGRAM);
    try {
      return findSelf(this.shared);
    } finally {
      loaded.detach();
    }
  }

  /**
   * Attaches all hooks, or none. Programs of earlier services are taken off first: what happens between, nobody sees,
   * and `coverGaps` tells.
   */
  attach(): void {
    this.renewLease();
    if (this.adopted) {
      this.#inherit();
      return;
    }
    const latest = this.earlier.at(-1);
    if (latest?.readable === true) this.#copyScope(latest);
    const processes = this.#objects.map("processes_before", 4, layout.process.size);
    this.#processes.begin(processes);
    // A gap begins before the first program is off and ends after the last is on.
    const detachedNs = bootClockNs();
    for (const load of this.earlier) load.detach(detachedNs);
    const refused = this.#processes.finish(processes);
    this.unnumbered = this.#processes.known ? refused : "unknown";
    try {
      for (const hook of this.#hooks) this.#loaded?.attach(hook);
      // Execs of before are known now, and are no losses.
      this.findRefused();
      this.shared.allAttached();
      this.state.attachedNs = bootClockNs();
      if (this.#loaded !== undefined && this.#options.pins !== undefined) {
        const programs = [...this.#hooks, ...this.#iterators];
        this.#pinnedIn = this.#options.pins.addLoad();
        pinObjects(this.#libbpf, this.#loaded, this.#pinnedIn, { maps: PINNED_MAPS, programs });
      }
    } catch (error) {
      this.undoAttach();
      throw error;
    }
  }

  /** Takes off again what `attach` attached; what an earlier service has left attached stays so. */
  undoAttach(): void {
    if (this.adopted) return;
    this.#objects.detach();
    if (this.#pinnedIn !== undefined) this.#options.pins?.removeLoad(this.#pinnedIn);
  }

  /**
   * To be called when the scope has been put into the kernel anew: what is left of an earlier service's and was not
   * put there again does not count any more.
   */
  endScope(): void {
    for (const [map, key] of this.#inherited.take()) map.delete(key);
    this.shared.forgetVerdicts();
    // Only now are the programs of use that began without the scope of the ones before.
    const { followPidNamespaces } = this.#options;
    const latest = this.earlier.at(-1);
    if (!this.adopted && latest !== undefined && (followPidNamespaces || !latest.readable))
      this.state.attachedNs = bootClockNs();
  }

  /** The time without cover after an earlier load. */
  gapAfter(load: EarlierLoad): CoverGap {
    const next = this.earlier[this.earlier.indexOf(load) + 1]?.state ?? this.state;
    const { stoppedNs } = load;
    return {
      reason: stoppedNs === 0n ? "replaced" : "abandoned",
      firstNs: stoppedNs === 0n ? load.state.detachedNs : stoppedNs,
      lastNs: next.attachedNs,
    };
  }

  /** The programs collect for the time of the lease from now on, without a reader. */
  renewLease(): void {
    const { pins, leaseNs = 0n } = this.#options;
    if (pins !== undefined) this.shared.leaseUntilNs = leaseNs === 0n ? 0n : monotonicClockNs() + leaseNs;
  }

  /**
   * Puts a cgroup, and all below it that has no verdict of its own, under an owner; at once. Where there are too many
   * with a verdict it stays under that of the cgroup above: captured, if it is, on the budget of that.
   */
  setCgroupVerdict(cgroupKey: bigint, owner: number): void {
    this.#inherited.renew(this.#scope, u64(cgroupKey));
    if (!this.#scope.setIfRoom(u64(cgroupKey), u32(owner))) return;
    if (isV1(cgroupKey)) this.shared.lookAtV1();
    this.shared.forgetVerdicts();
  }

  clearCgroupVerdict(cgroupKey: bigint): void {
    this.#scope.delete(u64(cgroupKey));
    this.shared.forgetVerdicts();
  }

  /**
   * Has the kernel put the cgroup at `path` under an owner in the moment it is made. `prefix` comes back in its
   * record. Paths are at most 255 bytes.
   */
  setPathVerdict(path: string, owner: number, prefix: number): void {
    const key = Buffer.alloc(constants.SCOPE_PATH_BYTES);
    if (Buffer.byteLength(path) >= key.length) {
      throw new Error(`the cgroup path ${path} is longer than ${String(key.length - 1)} bytes`);
    }
    key.write(path);
    const value = Buffer.alloc(layout.path_verdict.size);
    value.writeUInt32LE(owner, layout.path_verdict.owner);
    value.writeUInt32LE(prefix, layout.path_verdict.prefix);
    this.#inherited.renew(this.#pathScope, key);
    this.#pathScope.set(key, value);
  }

  /** Captures a PID namespace and all nested in it, until it ends. */
  followNamespace(inode: number, owner: number): void {
    this.#inherited.renew(this.#namespaceScope, u32(inode));
    this.#namespaceScope.set(u32(inode), u32(owner));
  }

  unfollowNamespace(inode: number): void {
    this.#namespaceScope.delete(u32(inode));
  }

  /** False once the namespace has ended, too. */
  followsNamespace(inode: number): boolean {
    return this.#namespaceScope.get(u32(inode)) !== undefined;
  }

  /** Has a process of the tracer's own pod been seen in this PID namespace since the programs run? */
  isPodNamespace(inode: number): boolean {
    return this.#podNamespaces.get(u32(inode)) !== undefined;
  }

  forgetPodNamespace(inode: number): void {
    this.#podNamespaces.delete(u32(inode));
  }

  /** Records of the processes in scope that run already, back to back (`struct snapshot_record`). */
  readSnapshot(): Buffer {
    this.shared.beginSnapshot();
    // The first pass learns the PID namespaces of pods; what is found by them may come before what they are learnt from.
    if (this.#options.followPods) this.#iterate(SNAPSHOT_PROGRAM);
    const records = this.#iterate(SNAPSHOT_PROGRAM);
    this.shared.endSnapshot();
    return records;
  }

  #iterate(program: string): Buffer {
    const fd = openIterator(this.#libbpf, this.#objects.programFd(program));
    const chunks: Buffer[] = [];
    try {
      for (;;) {
        const chunk = Buffer.alloc(64 * 1024);
        const count = readSync(fd, chunk);
        if (count === 0) break;
        chunks.push(chunk.subarray(0, count));
      }
    } finally {
      closeSync(fd);
    }
    return Buffer.concat(chunks);
  }

  /**
   * How often the kernel skipped one of the programs because it would have interrupted itself, no stand-in ran, and it is not
   * known whose event it was. Fewer, or less than 0, where a task was preempted between two programs (bpf/README.md).
   */
  recursionMisses(): bigint {
    const misses = HOOKS.map((hook) => recursionMisses(this.#libbpf, this.#objects.programFd(hook)));
    // Read last: what stands in for a program, or misses it, does so when that has been refused.
    return misses.reduce((sum, count) => sum + count, 0n) - this.shared.stoodIn - this.shared.missedExecs;
  }

  /** Counts execs for which the kernel ran no program as losses of the processes that made them, as far as those still run. */
  findRefused(): void {
    if (!this.#iterators.includes(FIND_REFUSED)) return;
    try {
      this.#iterate(FIND_REFUSED);
    } catch {
      // Without memory for it, say: then they count as nobody's.
    }
  }

  /** All that are attached; a stand-in behind the one it stands in for. */
  get #hooks(): readonly string[] {
    const { refused = [] } = this.#options;
    const hooks = programsAnEvent(this.#options) === 1 ? HOOKS : [...HOOKS, ...STAND_INS];
    return hooks.filter((hook) => !refused.includes(hook));
  }

  get #iterators(): readonly string[] {
    return programsAnEvent(this.#options) === 1 ? [SNAPSHOT_PROGRAM] : [SNAPSHOT_PROGRAM, FIND_REFUSED];
  }

  /** Takes the programs off their hooks; what they wrote can still be read. */
  detach(): void {
    this.#objects.detach();
  }

  /** Programs that are pinned go on. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const load of this.earlier) load.close();
    this.ring.close();
    this.shared.close();
    this.state.close();
    this.#objects.close();
  }

  #describe(identity: ProgramIdentity, latest: EarlierLoad | undefined): void {
    const ringBase = latest === undefined ? 0n : latest.ringBase + latest.ring.position + RING_BASE_STEP;
    this.state.describe({
      ...identity,
      ringBytes: this.#options.ringBytes,
      ringName: latest?.state.ringName ?? randomUUID(),
      ringBase,
    });
    this.state.keep(ringBase, this.lastSeq);
    if (latest?.readable !== true) return;
    for (const step of latest.state.clockSteps()) this.state.putClockStep(step, false);
    this.state.clockSeenNs = latest.state.clockSeenNs;
    for (const [owner, text] of new OwnerTexts(
      latest.objects.map("owner_texts", 4, constants.OWNER_TEXT_BYTES),
    ).all()) {
      this.ownerTexts.keep(owner, text);
    }
  }

  #copyScope(latest: EarlierLoad): void {
    for (const [name, keyBytes, valueBytes] of SCOPE_MAPS) {
      // They may be more than a service without pods has room for; it has no use for them either.
      if (name === "namespace_scope" && !this.#options.followPods) continue;
      const from = latest.objects.map(name, keyBytes, valueBytes);
      const to = this.#objects.map(name, keyBytes, valueBytes);
      for (const key of from.keys()) {
        const value = from.get(key);
        if (value !== undefined) to.set(key, value);
      }
      if (name === "namespace_scope") this.#countNamespaces(to);
    }
    this.#copyLoginUids(latest);
    if (latest.shared.looksAtV1) this.shared.lookAtV1();
    this.#inherit();
  }

  /** A login uid's owner stays its own: what the programs before counted for it is still to be told. */
  #copyLoginUids(latest: EarlierLoad): void {
    const [from, to] = [latest.objects, this.#objects].map((each) =>
      each.map("owners", 4, layout.owner.size),
    ) as [BpfMap, BpfMap];
    for (let owner: number = constants.FIRST_LOGIN_OWNER; owner < constants.OWNERS; owner++) {
      const uid = from.get(u32(owner))?.readBigUInt64LE(layout.owner.login_uid) ?? 0n;
      const counters = uid === 0n ? undefined : to.get(u32(owner));
      if (counters === undefined) continue;
      counters.writeBigUInt64LE(uid, layout.owner.login_uid);
      to.set(u32(owner), counters);
    }
  }

  /** Whose share of the table those are that the programs have not put there; none of them collects yet. */
  #countNamespaces(namespaces: BpfMap): void {
    const owners = this.#objects.map("owners", 4, layout.owner.size);
    for (const key of namespaces.keys()) {
      const owner = namespaces.get(key);
      const counters = owner && owners.get(owner);
      if (counters === undefined) continue;
      counters.writeBigUInt64LE(
        counters.readBigUInt64LE(layout.owner.namespaces) + 1n,
        layout.owner.namespaces,
      );
      owners.set(owner as Buffer, counters);
      this.shared.addNamespace();
    }
  }

  /** The namespaces of pods are the programs' own entries. */
  #inherit(): void {
    this.#inherited.add(this.#scope, this.#pathScope);
    if (!this.#options.followPods) this.#inherited.add(this.#namespaceScope);
  }
}
