import { availableParallelism, cpus, loadavg, release } from "node:os";

/** The machine that the figures were measured on, and how busy it was, in a line. */
export function describeMachine(): string {
  const load = loadavg()
    .map((value) => value.toFixed(1))
    .join(" ");
  return `Linux ${release()} on ${process.arch}, ${String(availableParallelism())} CPUs (${cpus()[0]?.model ?? "unknown"}), load ${load}`;
}
