import { readFileSync } from "node:fs";

/** Ticks of utime and stime are of this many ms on all architectures (USER_HZ, proc(5)). */
const TICK_MS = 10;

/** CPU time that all threads of a process have used so far, also those that have ended, in user space and kernel, ms. */
export function cpuMs(pid: number): number {
  return parseCpuMs(readFileSync(`/proc/${String(pid)}/stat`, "utf8"));
}

/** Memory that a process holds (VmRSS), bytes. */
export function residentBytes(pid: number): number {
  return parseResidentBytes(readFileSync(`/proc/${String(pid)}/status`, "utf8"));
}

/** The same from the text of /proc/PID/stat. */
export function parseCpuMs(stat: string): number {
  // The command's name, in parentheses, may hold anything; utime and stime are the 14th and 15th field, it is the 2nd.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  if (Number.isNaN(ticks)) throw new Error(`expected /proc/PID/stat, found ${JSON.stringify(stat)}`);
  return ticks * TICK_MS;
}

/** The same from the text of /proc/PID/status. */
export function parseResidentBytes(status: string): number {
  const kib = /^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1];
  if (kib === undefined) throw new Error("/proc/PID/status has no VmRSS: the process has ended");
  return Number(kib) * 1024;
}
