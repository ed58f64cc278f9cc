import type { LossRow } from "../../worker/workerMessages.ts";
import { formatCount } from "../numberText.ts";
import { formatMoment } from "../timeText.ts";

const REASONS = new Map([
  ["ring_full", "the ring buffer was full"],
  ["scratch_busy", "the tracer was interrupted by itself"],
  ["recursion", "the kernel skipped the tracer where it would have interrupted itself"],
  ["over_budget", "the workspace ran more than its budget allows"],
  ["over_cgroup_budget", "the workspace made more cgroups than its budget allows"],
  ["process_table_full", "the workspace's share of the process table was full"],
  ["namespace_table_full", "the workspace's share of the table of PID namespaces was full"],
  [
    "replaced",
    "the service was updated, or started with other settings, and its programs in the kernel were replaced",
  ],
  ["abandoned", "no service was running, and the programs in the kernel had stopped by themselves"],
  ["undecodable", "the records could not be read"],
  ["slow_reader", "this view read too slowly, and the service withheld them"],
  ["not_kept", "they are older than what the service keeps"],
  ["restarted", "the service was restarted"],
  ["unpackable", "this view could not unpack them"],
  ["rotated", "the pod's log was rotated, or its container started anew"],
]);

const NOUNS = new Map([
  ["exec", "exec"],
  ["exit", "exit"],
  ["cgroup", "cgroup notice"],
  ["lineage", "parent"],
  ["namespace", "PID namespace"],
  ["arguments", "argument list"],
  ["cover", "stretch of time"],
  ["event", "event"],
  ["line", "log line"],
  ["process", "process"],
]);

/** The sentence of a loss row: how many of what were lost where, when, and why. */
export function lossText(row: LossRow): string {
  if (row.reason === "untold") {
    return `${howMany(row)} alive when this began not shown: there are more than the service tells`;
  }
  if (row.reason === "within_budget") {
    return `Nothing is withheld or shortened any more${range(row.firstMs, row.lastMs)}: the workspace is within its budget again`;
  }
  const where = row.node === undefined ? "here" : `here on ${row.node}`;
  const when = range(row.firstMs, row.lastMs);
  const why = REASONS.get(row.reason) ?? row.reason;
  const what = row.kind === "arguments" ? "shortened" : "lost";
  return `${howMany(row)} ${what} ${where}${when}: ${why}`;
}

function howMany(row: LossRow): string {
  const noun = NOUNS.get(row.kind) ?? "event";
  const many = noun === "process" ? "processes" : `${noun}s`;
  const of = row.program === undefined ? "" : ` of ${row.program}`;
  if (row.count === undefined) return `An unknown number of ${many}${of}`;
  return `${formatCount(row.count)} ${row.count === 1 ? noun : many}${of}`;
}

function range(firstMs: number | undefined, lastMs: number | undefined): string {
  const first = firstMs === undefined ? "" : formatMoment(firstMs);
  const last = lastMs === undefined ? "" : formatMoment(lastMs);
  if (first === "" && last === "") return "";
  if (first === "" || last === "" || first === last) return `, ${first === "" ? last : first}`;
  return `, ${first} – ${last}`;
}
