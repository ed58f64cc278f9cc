import type { Attribution, PodPlace } from "../../protocol/events.ts";
import type { KernelCgroupMade, ScopeWay } from "../decode/kernelRecord.ts";
import type { Workspace } from "./workspace.ts";

/** What a record says about where its process was. */
export interface Whereabouts {
  readonly cgroupKey: bigint;
  readonly owner: number;
  readonly loginUid: number | undefined;
  /** How the kernel found it to be in scope; by its cgroup when not said. */
  readonly via?: ScopeWay | undefined;
  /** The latest cgroup in scope that it was in, where that is not its own. */
  readonly origin?: bigint | undefined;
}

/** To whom an event belongs. `workspace` undefined: nobody can tell; it is logged without labels, never dropped. */
export interface Attributed {
  readonly workspace: Workspace | undefined;
  /** Path of the cgroup as lossless text, where it is known. */
  readonly cgroup: string | undefined;
  /** The pod and container that it runs in; there in Kubernetes only. */
  readonly pod?: PodPlace | undefined;
  /** How this event was attributed, where it is not the workspace's own way. */
  readonly attribution?: Attribution | undefined;
}

/** An attribution that is yet to come: what the event happened in is known, but not yet what that is. */
export interface Awaited {
  /** Events with the same one are told together when there is news of it, in the order in which they happened. */
  readonly awaiting: string;
  /** What has become known; undefined while that is not enough. */
  settle(): Attributed | "outside" | undefined;
  /** What to say when no more can be waited. */
  giveUp(): Attributed;
}

/** Finds out whose the captured processes are, and tells the kernel what to capture. */
export interface IdentityProvider {
  /** Puts the scope into the kernel; called when the programs are attached. Throws one line when it can't. */
  start(): void;
  cgroupMade(record: KernelCgroupMade): void;
  cgroupRemoved(cgroupKey: bigint): void;
  /** All that an earlier service had left unread has been read. */
  caughtUp?(): void;
  /** Notices about cgroups were lost: look again at what there is. */
  resynchronise(): void;
  /** The workspaces that are known now. */
  workspaces(): readonly Workspace[];
  /** "outside": it is known to belong to no workspace, and is not logged. */
  attribute(whereabouts: Whereabouts): Attributed | "outside" | Awaited;
  /** Where attributions may have to be awaited: whom to tell that there is news of what is awaited. */
  onNews?(listener: (awaiting: string) => void): void;
  /** Resolves, in bounded time, when as much as can be is known of what runs already; not there where that is at once. */
  readonly ready?: Promise<unknown>;
}

/** What providers may change in the kernel. */
export interface ScopeControl {
  setCgroupVerdict(cgroupKey: bigint, owner: number): void;
  clearCgroupVerdict(cgroupKey: bigint): void;
  setPathVerdict(path: string, owner: number, prefix: number): void;
}
