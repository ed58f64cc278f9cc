import {
  COLUMNS,
  type Column,
  TIME_FORMATS,
  type TimeFormat,
  type ViewSettings,
} from "../../protocol/webviewMessages.ts";

/** Bounds of `processLogging.eventsKept`. */
export const MIN_EVENTS_KEPT = 1_000;
export const MAX_EVENTS_KEPT = 10_000_000;

/** What the view gets where nothing usable is set. */
export const DEFAULT_VIEW_SETTINGS: ViewSettings = {
  columns: ["pid", "user", "workspace", "started", "duration", "exit"],
  foldRepeats: true,
  timeFormat: "local",
  eventsKept: 1_000_000,
};

/** Reads the view's settings; `get` gives the value of `processLogging.<key>`. A value that is none gets its default. */
export function readViewSettings(get: (key: string) => unknown): ViewSettings {
  const columns = get("columns");
  const foldRepeats = get("foldRepeats");
  const timeFormat = get("timeFormat");
  const eventsKept = get("eventsKept");
  return {
    columns: Array.isArray(columns)
      ? COLUMNS.filter((column: Column) => columns.includes(column))
      : DEFAULT_VIEW_SETTINGS.columns,
    foldRepeats: typeof foldRepeats === "boolean" ? foldRepeats : DEFAULT_VIEW_SETTINGS.foldRepeats,
    timeFormat:
      TIME_FORMATS.find((format: TimeFormat) => format === timeFormat) ?? DEFAULT_VIEW_SETTINGS.timeFormat,
    eventsKept:
      typeof eventsKept === "number" && Number.isFinite(eventsKept)
        ? Math.round(Math.min(MAX_EVENTS_KEPT, Math.max(MIN_EVENTS_KEPT, eventsKept)))
        : DEFAULT_VIEW_SETTINGS.eventsKept,
  };
}
