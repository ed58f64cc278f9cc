import type { UsableV1Controller } from "../cgroup/cgroupMounts.ts";
import { BpfObject } from "./bpfObject.ts";
import { FIND_REFUSED, programsAnEvent, STAND_INS } from "./hooks.ts";
import { cgroupBudget, RESERVE, reservedBytes, ringPart } from "./execBudget.ts";
import type { KernelTracerOptions } from "./kernelTracer.ts";
import { constants, layout } from "./layout.ts";
import type { Libbpf } from "./libbpf.ts";

const V1_CONTROLLERS: Readonly<Record<UsableV1Controller, number>> = {
  pids: constants.V1_PIDS,
  memory: constants.V1_MEMORY,
  cpu: constants.V1_CPU,
  devices: constants.V1_DEVICES,
};

/** What is fixed by what was there before. `processesBefore`: of the load that these programs replace. */
export interface LoadFacts {
  readonly config: Buffer;
  readonly processesBefore: number;
}

/** Opens, configures and has the kernel take the programs. Throws one line; nothing is left behind then. */
export function loadPrograms(libbpf: Libbpf, options: KernelTracerOptions, facts: LoadFacts): BpfObject {
  const object = openPrograms(libbpf, options, facts);
  try {
    object.load();
    return object;
  } catch (error) {
    object.close();
    throw error;
  }
}

/** The same, while the kernel's verifier, which takes most of a start, works in another thread. */
export async function loadProgramsAside(
  libbpf: Libbpf,
  options: KernelTracerOptions,
  facts: LoadFacts,
): Promise<BpfObject> {
  const object = openPrograms(libbpf, options, facts);
  try {
    await object.loadAside();
    return object;
  } catch (error) {
    object.close();
    throw error;
  }
}

function openPrograms(
  libbpf: Libbpf,
  options: KernelTracerOptions,
  { config, processesBefore }: LoadFacts,
): BpfObject {
  const object = BpfObject.open(libbpf, options.objectPath);
  try {
    object.setMaxEntries("ring", options.ringBytes);
    object.setMaxEntries("exec_scratch", libbpf.possibleCpus() * programsAnEvent(options));
    object.setMaxEntries("processes", slotsFor(options.processLimit));
    object.setMaxEntries("callers", slotsFor(options.processLimit));
    object.setMaxEntries("slots_in_use", slotsFor(options.processLimit) / constants.SLOTS_A_LINE);
    object.setMaxEntries("displaced", options.processLimit);
    object.setMaxEntries("processes_before", processesBefore);
    if (options.followPods) object.setMaxEntries("namespace_scope", namespaceLimitOf(options));
    object.setConstants(".rodata.config", config);
    if (programsAnEvent(options) === 1)
      for (const program of [...STAND_INS, FIND_REFUSED]) object.leaveOut(program);
    return object;
  } catch (error) {
    object.close();
    throw error;
  }
}

/** A bucket of `burst` tokens, of which so many come back each second. */
function writeBucket(bytes: Buffer, cost: number, burstAt: number, perSecond: number, burst: number): void {
  const costNs = BigInt(Math.round(1e9 / perSecond));
  bytes.writeBigUInt64LE(costNs, cost);
  bytes.writeBigUInt64LE(costNs * BigInt(burst), burstAt);
}

/** The process table has as many slots as entries, or up to twice as many: a power of two. */
function slotsFor(processLimit: number): number {
  return 2 ** Math.ceil(Math.log2(processLimit));
}

/** PID namespaces of a node's pods that are known at a time; what has no place is known by its lineage. */
function namespaceLimitOf({ namespaceLimit = 4096 }: KernelTracerOptions): number {
  return namespaceLimit;
}

/** `struct config`: what is constant once the programs are loaded. */
export function encodeConfig(options: KernelTracerOptions, possibleCpus: number): Buffer {
  const at = layout.config;
  const bytes = Buffer.alloc(at.size);
  bytes.writeUInt32LE(
    options.v1 === undefined ? constants.V1_NONE : V1_CONTROLLERS[options.v1.controller],
    at.v1_controller,
  );
  bytes.writeInt32LE(options.v1?.hierarchy ?? -1, at.v1_hierarchy);
  bytes.writeUInt32LE(options.processLimit, at.process_limit);
  bytes.writeUInt32LE(slotsFor(options.processLimit) - 1, at.process_slot_mask);
  bytes.writeUInt32LE(namespaceLimitOf(options), at.namespace_limit);
  bytes.writeUInt32LE(programsAnEvent(options) === 1 ? 0 : possibleCpus, at.possible_cpus);
  if (options.loginUidRanges.length > constants.LOGIN_UID_RANGES)
    throw new Error(`at most ${String(constants.LOGIN_UID_RANGES)} ranges of login uids can be captured`);
  options.loginUidRanges.forEach(([first, last], i) => {
    bytes.writeUInt32LE(first, at.login_uid_ranges + 8 * i);
    bytes.writeUInt32LE(last, at.login_uid_ranges + 8 * i + 4);
  });
  bytes.writeUInt32LE(options.loginUidRanges.length, at.login_uid_range_count);
  bytes.writeUInt8(options.followPidNamespaces ? 1 : 0, at.follow_pid_namespaces);
  bytes.writeUInt8(options.findSelf ? 1 : 0, at.find_self);
  bytes.writeUInt8(options.onlyOwnChildren ? 1 : 0, at.only_own_children);
  bytes.writeUInt8(options.followPods ? 1 : 0, at.follow_pods);
  if (options.budget !== undefined) {
    const { perSecond, burst } = options.budget;
    writeBucket(bytes, at.budget_cost_ns, at.budget_burst_ns, perSecond, burst);
    writeBucket(bytes, at.reserve_cost_ns, at.reserve_burst_ns, RESERVE.perSecond, RESERVE.burst);
    const bytesBurstNs = (BigInt(Math.round(1e9 / perSecond)) * BigInt(ringPart(options.ringBytes))) / 1024n;
    bytes.writeBigUInt64LE(bytesBurstNs, at.bytes_burst_ns);
    bytes.writeBigUInt64LE(BigInt(reservedBytes(options.ringBytes)), at.reserve_token_bytes);
    const cgroups = cgroupBudget(options.budget);
    writeBucket(bytes, at.cgroup_cost_ns, at.cgroup_burst_ns, cgroups.perSecond, cgroups.burst);
  }
  return bytes;
}
