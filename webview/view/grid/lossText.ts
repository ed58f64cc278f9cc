import { t } from "../../../protocol/text/translate.ts";
import type { LossRow } from "../../worker/workerMessages.ts";
import { formatCount } from "../numberText.ts";
import { formatMoment } from "../timeText.ts";

/** The sentence of a loss row: how many of what were lost where, when, and why. */
export function lossText(row: LossRow): string {
  const when = range(row.firstMs, row.lastMs);
  if (row.reason === "untold") {
    return t("{0} alive when this began not shown: there are more than the service tells", howMany(row));
  }
  if (row.reason === "within_budget") {
    return t("Nothing is withheld or shortened any more{0}: the workspace is within its budget again", when);
  }
  const values = [howMany(row), when, reasonText(row.reason)];
  if (row.kind === "arguments") {
    return row.node === undefined
      ? t("{0} shortened here{1}: {2}", ...values)
      : t("{0} shortened here on {3}{1}: {2}", ...values, row.node);
  }
  return row.node === undefined
    ? t("{0} lost here{1}: {2}", ...values)
    : t("{0} lost here on {3}{1}: {2}", ...values, row.node);
}

function howMany({ kind, count, program }: LossRow): string {
  const many = count === undefined ? unknownNumber(kind) : count === 1 ? one(kind) : severalOf(kind, count);
  return program === undefined ? many : t("{0} of the program {1}", many, program);
}

/** Of what this view or the stream before it did not get; the tracer counts what it loses. */
function unknownNumber(kind: string): string {
  switch (kind) {
    case "line":
      return t("An unknown number of log lines");
    case "process":
      return t("An unknown number of processes");
    default:
      return t("An unknown number of events");
  }
}

function one(kind: string): string {
  switch (kind) {
    case "exec":
      return t("1 exec");
    case "exit":
      return t("1 exit");
    case "cgroup":
      return t("1 cgroup notice");
    case "lineage":
      return t("1 parent");
    case "namespace":
      return t("1 PID namespace");
    case "arguments":
      return t("1 argument list");
    case "cover":
      return t("1 stretch of time");
    case "line":
      return t("1 log line");
    case "process":
      return t("1 process");
    default:
      return t("1 event");
  }
}

function severalOf(kind: string, count: number): string {
  const number = formatCount(count);
  switch (kind) {
    case "exec":
      return t("{0} execs", number);
    case "exit":
      return t("{0} exits", number);
    case "cgroup":
      return t("{0} cgroup notices", number);
    case "lineage":
      return t("{0} parents", number);
    case "namespace":
      return t("{0} PID namespaces", number);
    case "arguments":
      return t("{0} argument lists", number);
    case "cover":
      return t("{0} stretches of time", number);
    case "line":
      return t("{0} log lines", number);
    case "process":
      return t("{0} processes", number);
    default:
      return t("{0} events", number);
  }
}

/** What is not known here comes from a later release of the service, and is told as it is. */
function reasonText(reason: string): string {
  switch (reason) {
    case "ring_full":
      return t("the ring buffer was full");
    case "scratch_busy":
      return t("the tracer was interrupted by itself");
    case "recursion":
      return t("the kernel skipped the tracer where it would have interrupted itself");
    case "over_budget":
      return t("the workspace ran more than its budget allows");
    case "over_cgroup_budget":
      return t("the workspace made more cgroups than its budget allows");
    case "process_table_full":
      return t("the workspace's share of the process table was full");
    case "namespace_table_full":
      return t("the workspace's share of the table of PID namespaces was full");
    case "replaced":
      return t(
        "the service was updated, or started with other settings, and its programs in the kernel were replaced",
      );
    case "abandoned":
      return t("no service was running, and the programs in the kernel had stopped by themselves");
    case "undecodable":
      return t("the records could not be read");
    case "slow_reader":
      return t("this view read too slowly, and the service withheld them");
    case "not_kept":
      return t("they are older than what the service keeps");
    case "restarted":
      return t("the service was restarted");
    case "unpackable":
      return t("this view could not unpack them");
    case "rotated":
      return t("the pod's log was rotated, or its container started anew");
    default:
      return reason;
  }
}

function range(firstMs: number | undefined, lastMs: number | undefined): string {
  const first = firstMs === undefined ? "" : formatMoment(firstMs);
  const last = lastMs === undefined ? "" : formatMoment(lastMs);
  if (first === "" && last === "") return "";
  if (first === "" || last === "" || first === last) return `, ${first === "" ? last : first}`;
  return `, ${first} – ${last}`;
}
