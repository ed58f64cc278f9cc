import type { ExecEvent, ExecId } from "../../protocol/events.ts";

/** What every record of the ring buffer carries. */
interface RecordHead {
  readonly cpu: number;
  /** Per type and CPU: 1, 2, 3, …; a hole is a record that was lost. */
  readonly cpuSeq: number;
  /** Boot clock, ns. */
  readonly timeNs: bigint;
  /** cgroup id, hierarchy number in the top 16 bits. */
  readonly cgroupKey: bigint;
  /** Who the scope says it belongs to. */
  readonly owner: number;
}

/** How a process was found to be in scope: by its cgroup, or although that lies elsewhere. */
export type ScopeWay = "scope" | "namespace" | "lineage";

/** What only user space knows of an exec, or says in other terms. */
type AddedToExec =
  "type" | "seq" | "timeNs" | "labels" | "attribution" | "pod" | "nested" | "cgroup" | "cgroupId";

/** An exec as the kernel tells it: all that an `ExecEvent` holds but its attribution. */
export interface KernelExec extends RecordHead, Omit<ExecEvent, AddedToExec> {
  readonly type: "exec";
  readonly via: ScopeWay;
  /** Key of the latest cgroup in scope that it was in; its cgroup's own unless `via` is another way. */
  readonly origin: bigint;
  /** Depth of the PID namespace; 0 is the host's. */
  readonly nsLevel: number;
}

/** The end of a process, as the kernel tells it. */
export interface KernelExit extends RecordHead {
  readonly type: "exit";
  /** Unless it is "scope", `cgroupKey` is that of the latest cgroup in scope. */
  readonly via: ScopeWay;
  readonly id: ExecId;
  /** False: a process that found no place in the kernel's table, of which nothing was counted. */
  readonly hasEntered: boolean;
  readonly pid: number;
  readonly loginUid: number | undefined;
  readonly nsLevel: number;
  readonly exitCode: number | undefined;
  readonly signal: number | undefined;
  readonly coreDumped: boolean;
  readonly durationNs: bigint;
  readonly late: boolean;
  /** It was the first process of its PID namespace: the namespace ends with it. */
  readonly endedNamespace: number | undefined;
}

/** A cgroup in scope has been made. */
export interface KernelCgroupMade extends RecordHead {
  readonly type: "cgroupMade";
  readonly parentKey: bigint;
  /** Lossless: bytes that are not UTF-8 are kept in it. */
  readonly name: string;
  /** Which of the scope's paths this is, from 1; 0 for none. */
  readonly prefix: number;
}

/** A cgroup in scope has been removed; nothing that happened in it follows. */
export interface KernelCgroupRemoved extends RecordHead {
  readonly type: "cgroupRemoved";
}

export type KernelRecord = KernelExec | KernelExit | KernelCgroupMade | KernelCgroupRemoved;
