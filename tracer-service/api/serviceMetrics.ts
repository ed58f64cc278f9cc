import { Counter, Gauge, Registry } from "prom-client";

import { one, type Metric } from "./metric.ts";
import { historyCounters, historyGauges } from "./historyMetrics.ts";
import type { MetricsSource } from "./metricsSource.ts";

const counters: readonly Metric[] = [
  {
    name: "process_logging_events_total",
    help: "Events by kind: exec, exit, lost",
    labels: ["kind"],
    values: ({ hub }) => Object.entries(hub.events).map(([kind, value]) => ({ value, labels: { kind } })),
  },
  {
    name: "process_logging_lost_total",
    help: "Events that are known to be lost, by what they were and why",
    labels: ["kind", "reason"],
    values: ({ lost }) => lost.map(({ kind, reason, count }) => ({ value: count, labels: { kind, reason } })),
  },
  {
    name: "process_logging_unattributed_total",
    help: "Events whose workspace nobody knows",
    values: ({ trace }) => one(trace.unattributed),
  },
  {
    name: "process_logging_pending_expired_total",
    help: "Events of pods of which nothing but the uid became known in time",
    values: ({ trace }) => one(trace.pendingExpired),
  },
  {
    name: "process_logging_outside_total",
    help: "Records of the kernel that belong to no workspace",
    values: ({ trace }) => one(trace.outside),
  },
  {
    name: "process_logging_undecodable_total",
    help: "Records of the kernel that were not understood; each is counted as lost, too",
    values: ({ trace }) => one(trace.undecodable),
  },
  {
    name: "process_logging_missing_total",
    help: "Records that the kernel numbered and that never arrived; each is counted as lost, too",
    values: ({ trace }) => one(trace.missing),
  },
  {
    name: "process_logging_arguments_redacted_total",
    help: "Arguments in which a secret was replaced",
    values: ({ trace }) => one(trace.redacted),
  },
  {
    name: "process_logging_arguments_unexamined_total",
    help: "Arguments replaced as a whole, since their workspace had used up the time for looking",
    values: ({ trace }) => one(trace.unexamined),
  },
  {
    name: "process_logging_stream_gaps_total",
    help: "Gaps told to readers of the stream",
    values: ({ hub }) => one(hub.gaps),
  },
  {
    name: "process_logging_streams_closed_total",
    help: "Streams that have ended, by WebSocket close code",
    labels: ["code"],
    values: ({ api }) => [...api.closed].map(([code, value]) => ({ value, labels: { code: String(code) } })),
  },
  {
    name: "process_logging_requests_refused_total",
    help: "Requests that were refused, by the code of the refusal",
    labels: ["code"],
    values: ({ api }) => [...api.refused].map(([code, value]) => ({ value, labels: { code } })),
  },
  {
    name: "process_logging_log_lines_total",
    help: "Lines written to the log",
    values: ({ log }) => one(log?.linesWritten ?? 0),
  },
  {
    name: "process_logging_log_stalls_total",
    help: "Times that the log could not be written for a while",
    values: ({ log }) => one(log?.stalls ?? 0),
  },
  {
    name: "process_logging_log_blocked_seconds_total",
    help: "Time in which nothing of the log could be written while lines waited",
    values: ({ log }) => one((log?.blockedMs ?? 0) / 1000),
  },
  {
    name: "process_logging_stream_withheld_total",
    help: "Events withheld from readers of the stream that read too slowly, each of which was told how many",
    values: ({ hub }) => one(hub.withheld),
  },
];

const gauges: readonly Metric[] = [
  {
    name: "process_logging_info",
    help: "1, with the versions of service and kernel",
    labels: ["version", "kernel"],
    values: ({ serviceVersion, kernel }) => [{ value: 1, labels: { version: serviceVersion, kernel } }],
  },
  {
    name: "process_logging_ready",
    help: "1 while events are logged, 0 while they can't be",
    values: ({ ready }) => one(ready ? 1 : 0),
  },
  {
    name: "process_logging_start_time_seconds",
    help: "When the service started, in seconds since 1970 UTC",
    values: ({ startedSeconds }) => one(startedSeconds),
  },
  {
    name: "process_logging_workspaces",
    help: "Workspaces on this node",
    values: ({ workspaces }) => one(workspaces),
  },
  {
    name: "process_logging_clients",
    help: "Readers of the stream that are connected",
    values: ({ hub }) => one(hub.clients),
  },
  {
    name: "process_logging_client_queue_bytes",
    help: "Bytes that wait for readers of the stream, of all together",
    values: ({ hub }) => one(hub.queuedBytes),
  },
  {
    name: "process_logging_clients_behind",
    help: "Readers of the stream for whom so much waits that events are withheld",
    values: ({ hub }) => one(hub.behind),
  },
  {
    name: "process_logging_history_bytes",
    help: "Memory that the latest events, kept for replay, take",
    values: ({ hub }) => one(hub.historyBytes),
  },
  {
    name: "process_logging_pending_events",
    help: "Events that wait until it is known what their pod is",
    values: ({ trace }) => one(trace.pending),
  },
  {
    name: "process_logging_pending_bytes",
    help: "Memory that those events take, by estimate",
    values: ({ trace }) => one(trace.pendingBytes),
  },
  {
    name: "process_logging_ring_bytes",
    help: "Bytes of the kernel's ring buffer that wait to be read",
    values: ({ ring }) => one(ring.pendingBytes),
  },
  {
    name: "process_logging_ring_peak_bytes",
    help: "Most of the kernel's ring buffer that was found in use since the start",
    values: ({ trace }) => one(trace.ringPeakBytes),
  },
  {
    name: "process_logging_ring_size_bytes",
    help: "Size of the kernel's ring buffer",
    values: ({ ring }) => one(ring.sizeBytes),
  },
  {
    name: "process_logging_log_waiting_bytes",
    help: "Bytes that wait to be written to the log",
    values: ({ log }) => one(log?.pendingBytes ?? 0),
  },
  {
    name: "process_logging_log_blocked_seconds",
    help: "For how long nothing of the log could be written now, 0 where nothing waits",
    values: ({ log }) => one((log?.blockedNowMs ?? 0) / 1000),
  },
  {
    name: "process_logging_log_holds_ring",
    help: "1 while so much waits for the log that the kernel's ring buffer is not read",
    values: ({ log }) => one(log?.saturated === true ? 1 : 0),
  },
  {
    name: "process_logging_resident_memory_bytes",
    help: "Memory that the service takes",
    values: () => one(process.memoryUsage.rss()),
  },
];

/** Metrics for Prometheus. No user or workspace is named in them. */
export class ServiceMetrics {
  readonly #registry = new Registry();
  readonly #metrics: readonly (readonly [Counter | Gauge, Metric])[];

  constructor() {
    const registers = [this.#registry];
    const configuration = ({ name, help, labels = [] }: Metric) => ({
      name,
      help,
      labelNames: labels,
      registers,
    });
    this.#metrics = [
      ...[...counters, ...historyCounters].map(
        (metric) => [new Counter(configuration(metric)), metric] as const,
      ),
      ...[...gauges, ...historyGauges].map((metric) => [new Gauge(configuration(metric)), metric] as const),
    ];
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All values as they are now, as text. */
  async format(source: MetricsSource): Promise<string> {
    for (const [metric, { values }] of this.#metrics) {
      metric.reset();
      for (const { labels = {}, value } of values(source)) metric.inc(labels, value);
    }
    return await this.#registry.metrics();
  }
}
