import { one, type Metric } from "./metric.ts";

/** Counters of the history. */
export const historyCounters: readonly Metric[] = [
  {
    name: "process_logging_history_events_total",
    help: "Events written to the history",
    values: ({ history }) => one(history?.kept ?? 0),
  },
  {
    name: "process_logging_history_missing_total",
    help: "Events that the history does not have, by why: slow, write_failed",
    labels: ["reason"],
    values: ({ history }) =>
      Object.entries(history?.missing ?? {}).map(([reason, value]) => ({ value, labels: { reason } })),
  },
  {
    name: "process_logging_history_removed_total",
    help: "Events removed from the history, by why: size, age",
    labels: ["reason"],
    values: ({ history }) =>
      Object.entries(history?.removed ?? {}).map(([reason, value]) => ({ value, labels: { reason } })),
  },
  {
    name: "process_logging_history_batches_total",
    help: "Transactions of the history",
    values: ({ history }) => one(history?.batches ?? 0),
  },
  {
    name: "process_logging_history_write_seconds_total",
    help: "Time that the transactions of the history took",
    values: ({ history }) => one(history?.writeSeconds ?? 0),
  },
];

/** What the history is like now. */
export const historyGauges: readonly Metric[] = [
  {
    name: "process_logging_history_up",
    help: "1 while the history is written, 0 where there is none or it can't be",
    values: ({ history }) => one(history?.up === true ? 1 : 0),
  },
  {
    name: "process_logging_history_database_bytes",
    help: "Bytes that the history takes on the disk",
    values: ({ history }) => one(history?.bytes ?? 0),
  },
  {
    name: "process_logging_history_last_write_seconds",
    help: "Time that the latest transaction of the history took",
    values: ({ history }) => one(history?.lastWriteSeconds ?? 0),
  },
  {
    name: "process_logging_history_longest_write_seconds",
    help: "Time that the longest transaction of the history took since the start",
    values: ({ history }) => one(history?.longestWriteSeconds ?? 0),
  },
  {
    name: "process_logging_history_behind_seconds",
    help: "How long the oldest batch of events waits that is not in the history yet, 0 where none does",
    values: ({ history }) => one(history?.behindSeconds ?? 0),
  },
  {
    name: "process_logging_history_waiting_bytes",
    help: "Bytes of events that wait to be written to the history",
    values: ({ history }) => one(history?.waitingBytes ?? 0),
  },
];
