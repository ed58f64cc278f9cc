import { closeSync, readSync } from "node:fs";

import type { UsableV1Controller } from "../cgroup/cgroupMounts.ts";
import { isV1 } from "../cgroup/cgroupTree.ts";
import { type BpfMap, u32, u64 } from "./bpfMap.ts";
import { BpfObject } from "./bpfObject.ts";
import { constants, layout } from "./layout.ts";
import { openLibbpf } from "./libbpf.ts";
import { RingBuffer } from "./ringBuffer.ts";
import { SharedMemory } from "./sharedMemory.ts";

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
  /** Let `SharedMemory.self` be found. */
  readonly findSelf: boolean;
  /** Capture only what this process itself starts: for the self-test. */
  readonly onlyOwnChildren: boolean;
}

/** Losses of one cgroup for one reason: `count` since the programs were loaded, the times of the current period. */
export interface KernelLoss {
  readonly cgroupKey: bigint;
  readonly owner: number;
  /** One of `constants.LOST_…`. */
  readonly reason: number;
  readonly count: bigint;
  /** Boot clock, ns. */
  readonly firstNs: bigint;
  readonly lastNs: bigint;
}

/** PID namespaces of a node's pods that are known at a time; what has no place is known by its lineage. */
const POD_NAMESPACES = 4096;

const HOOKS = ["on_fork", "on_rename", "on_exec", "on_exit", "on_cgroup_mkdir", "on_cgroup_rmdir"] as const;

const V1_CONTROLLERS: Readonly<Record<UsableV1Controller, number>> = {
  pids: constants.V1_PIDS,
  memory: constants.V1_MEMORY,
  cpu: constants.V1_CPU,
  devices: constants.V1_DEVICES,
};

/** The programs in the kernel and the maps through which they are told what to log. */
export class KernelTracer {
  readonly ring: RingBuffer;
  readonly shared: SharedMemory;
  readonly #object: BpfObject;
  readonly #followPods: boolean;
  readonly #scope: BpfMap;
  readonly #pathScope: BpfMap;
  readonly #namespaceScope: BpfMap;
  readonly #podNamespaces: BpfMap;
  readonly #losses: BpfMap;
  readonly #owners: BpfMap;

  /** Opens, configures and loads; nothing is attached yet. Throws one line; nothing is left behind then. */
  constructor(options: KernelTracerOptions) {
    this.#followPods = options.followPods;
    const libbpf = openLibbpf();
    this.#object = BpfObject.open(libbpf, options.objectPath);
    try {
      this.#object.setMaxEntries("ring", options.ringBytes);
      this.#object.setMaxEntries("exec_scratch", libbpf.possibleCpus());
      this.#object.setMaxEntries("processes", slotsFor(options.processLimit));
      this.#object.setMaxEntries("slots_in_use", slotsFor(options.processLimit) / constants.SLOTS_A_LINE);
      this.#object.setMaxEntries("displaced", options.processLimit);
      if (options.followPods) this.#object.setMaxEntries("namespace_scope", POD_NAMESPACES);
      this.#object.setConstants(".rodata.config", encodeConfig(options));
      this.#object.load();
      this.ring = new RingBuffer(this.#object.map("ring", 0, 0).fd, options.ringBytes);
      this.shared = new SharedMemory(this.#object.map(".data.shared", 4, layout.shared.size).fd);
      this.#scope = this.#object.map("scope", 8, 4);
      this.#pathScope = this.#object.map("path_scope", constants.SCOPE_PATH_BYTES, layout.path_verdict.size);
      this.#namespaceScope = this.#object.map("namespace_scope", 4, 4);
      this.#podNamespaces = this.#object.map("pod_namespaces", 4, 8);
      this.#losses = this.#object.map("losses", layout.loss_key.size, layout.loss.size);
      this.#owners = this.#object.map("owners", 4, layout.owner.size);
    } catch (error) {
      this.#object.close();
      throw error;
    }
  }

  /** Attaches all hooks, or none. */
  attach(): void {
    try {
      for (const hook of HOOKS) this.#object.attach(hook);
    } catch (error) {
      this.#object.detach();
      throw error;
    }
  }

  /** Puts a cgroup, and all below it that has no verdict of its own, under an owner; at once. */
  setCgroupVerdict(cgroupKey: bigint, owner: number): void {
    this.#scope.set(u64(cgroupKey), u32(owner));
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
    this.#pathScope.set(key, value);
  }

  /** Captures a PID namespace and all nested in it. */
  followNamespace(inode: number, owner: number): void {
    this.#namespaceScope.set(u32(inode), u32(owner));
  }

  unfollowNamespace(inode: number): void {
    this.#namespaceScope.delete(u32(inode));
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
    // The first pass learns the PID namespaces of pods; what is found by them may come before what they are learnt from.
    if (this.#followPods) this.#iterate();
    const records = this.#iterate();
    this.shared.endSnapshot();
    return records;
  }

  #iterate(): Buffer {
    const fd = this.#object.openIterator("snapshot");
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

  /** All losses so far, and begins a new period for their times. */
  readLosses(): KernelLoss[] {
    const losses: KernelLoss[] = [];
    for (const key of this.#losses.keys()) {
      const value = this.#losses.get(key);
      if (value === undefined) continue;
      const cgroupKey = key.readBigUInt64LE(layout.loss_key.cgroup);
      const owner = key.readUInt32LE(layout.loss_key.owner);
      losses.push(decodeLoss(value, 0, cgroupKey, owner, key.readUInt32LE(layout.loss_key.reason)));
    }
    this.shared.beginLossPeriod();
    return losses;
  }

  /** Losses of an owner whose cgroups found no place of their own. */
  readOverflowLosses(owner: number): KernelLoss[] {
    const value = this.#owners.get(u32(owner));
    if (value === undefined) return [];
    return Array.from({ length: constants.LOSS_REASONS }, (_, reason) =>
      decodeLoss(value, layout.owner.overflow + reason * layout.loss.size, 0n, owner, reason),
    ).filter((loss) => loss.count > 0n);
  }

  /** Frees the counters of a cgroup that is gone, once they have been told. */
  forgetLoss(loss: KernelLoss): void {
    const key = Buffer.alloc(layout.loss_key.size);
    key.writeBigUInt64LE(loss.cgroupKey, layout.loss_key.cgroup);
    key.writeUInt32LE(loss.owner, layout.loss_key.owner);
    key.writeUInt32LE(loss.reason, layout.loss_key.reason);
    this.#losses.delete(key);
  }

  /** How often the kernel skipped one of the programs because it would have interrupted itself. */
  recursionMisses(): bigint {
    return HOOKS.reduce((sum, hook) => sum + this.#object.recursionMisses(hook), 0n);
  }

  /** Takes the programs off their hooks; what they wrote can still be read. */
  detach(): void {
    this.#object.detach();
  }

  close(): void {
    this.ring.close();
    this.shared.close();
    this.#object.close();
  }
}

function decodeLoss(
  value: Buffer,
  offset: number,
  cgroupKey: bigint,
  owner: number,
  reason: number,
): KernelLoss {
  return {
    cgroupKey,
    owner,
    reason,
    count: value.readBigUInt64LE(offset + layout.loss.count),
    firstNs: value.readBigUInt64LE(offset + layout.loss.first_ns),
    lastNs: value.readBigUInt64LE(offset + layout.loss.last_ns),
  };
}

/** The process table has as many slots as entries, or up to twice as many: a power of two. */
function slotsFor(processLimit: number): number {
  return 2 ** Math.ceil(Math.log2(processLimit));
}

function encodeConfig(options: KernelTracerOptions): Buffer {
  const at = layout.config;
  const bytes = Buffer.alloc(at.size);
  bytes.writeUInt32LE(
    options.v1 === undefined ? constants.V1_NONE : V1_CONTROLLERS[options.v1.controller],
    at.v1_controller,
  );
  bytes.writeInt32LE(options.v1?.hierarchy ?? -1, at.v1_hierarchy);
  bytes.writeUInt32LE(options.processLimit, at.process_limit);
  bytes.writeUInt32LE(slotsFor(options.processLimit) - 1, at.process_slot_mask);
  if (options.loginUidRanges.length > 4) throw new Error("at most four ranges of login uids can be captured");
  options.loginUidRanges.forEach(([first, last], i) => {
    bytes.writeUInt32LE(first, at.login_uid_ranges + 8 * i);
    bytes.writeUInt32LE(last, at.login_uid_ranges + 8 * i + 4);
  });
  bytes.writeUInt32LE(options.loginUidRanges.length, at.login_uid_range_count);
  bytes.writeUInt8(options.followPidNamespaces ? 1 : 0, at.follow_pid_namespaces);
  bytes.writeUInt8(options.findSelf ? 1 : 0, at.find_self);
  bytes.writeUInt8(options.onlyOwnChildren ? 1 : 0, at.only_own_children);
  bytes.writeUInt8(options.followPods ? 1 : 0, at.follow_pods);
  return bytes;
}
