import { readFileSync } from "node:fs";

/** Resident memory of a process, bytes. */
export function residentBytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${String(pid)}/status`, "utf8"))?.[1];
  if (kib === undefined) throw new Error(`process ${String(pid)} has no memory: it has ended`);
  return Number(kib) * 1024;
}
