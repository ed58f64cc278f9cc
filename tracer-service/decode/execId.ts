import type { ExecId } from "../../protocol/events.ts";

/** Composes the identity of an exec from the host pid, the process's start (boot clock, ns) and the exec's number. */
export function execId(pid: number, startNs: bigint, execNumber: number | string): ExecId {
  return `${String(pid)}.${String(startNs)}.${String(execNumber)}`;
}
