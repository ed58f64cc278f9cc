import {
  COLUMNS,
  type Column,
  VIEW_COMMANDS,
  type ViewCommand,
  type ViewMessage,
  type ViewStatus,
} from "../../protocol/webviewMessages.ts";
import { parseViewFilter } from "../filter/parseViewFilter.ts";

/** Bounds in UTF-16 units. A part of an export holds many lines, a copied text at most one event. */
const MAX_ID_LENGTH = 8_192;
const MAX_COPY_LENGTH = 8 * 1024 * 1024;
const MAX_EXPORT_LENGTH = 64 * 1024 * 1024;
const MAX_PROBLEM_LENGTH = 2_000;

/** A message of the view as what it is; undefined when it is none, or one of its values is not as agreed. */
export function parseViewMessage(value: unknown): ViewMessage | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const message = value as Record<string, unknown>;
  switch (message["type"]) {
    case "ready":
      return { type: "ready" };
    case "consumed": {
      const { source, batch } = message;
      return isText(source, MAX_ID_LENGTH) && isCount(batch)
        ? { type: "consumed", source, batch }
        : undefined;
    }
    case "status": {
      const status = parseStatus(message["status"]);
      return status && { type: "status", status };
    }
    case "filter": {
      const filter = parseViewFilter(message["filter"]);
      return filter && { type: "filter", filter };
    }
    case "settings":
      return parseSettings(message);
    case "copy": {
      const { text } = message;
      return isText(text, MAX_COPY_LENGTH) ? { type: "copy", text } : undefined;
    }
    case "command": {
      const command = VIEW_COMMANDS.find((each: ViewCommand) => each === message["command"]);
      return command && { type: "command", command };
    }
    case "exported":
      return parseExported(message);
    case "problem": {
      const problem = message["message"];
      if (typeof problem !== "string") return undefined;
      return { type: "problem", message: problem.slice(0, MAX_PROBLEM_LENGTH) };
    }
    default:
      return undefined;
  }
}

function parseStatus(value: unknown): ViewStatus | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { total, shown, failed, lost, paused, waiting, range, narrowed } = value as Record<string, unknown>;
  if (!isCount(total) || !isCount(shown) || !isCount(failed) || !isCount(lost) || !isCount(waiting)) {
    return undefined;
  }
  if (typeof paused !== "boolean" || typeof narrowed !== "boolean") return undefined;
  if (range !== undefined && !isRange(range)) return undefined;
  return { total, shown, failed, lost, paused, waiting, range, narrowed };
}

function parseSettings({ columns, foldRepeats }: Record<string, unknown>): ViewMessage | undefined {
  if (!Array.isArray(columns) || columns.length > COLUMNS.length || typeof foldRepeats !== "boolean") {
    return undefined;
  }
  const known: Column[] = [];
  for (const each of columns as readonly unknown[]) {
    const column = COLUMNS.find((name: Column) => name === each);
    if (column === undefined || known.includes(column)) return undefined;
    known.push(column);
  }
  return { type: "settings", columns: known, foldRepeats };
}

function parseExported(message: Record<string, unknown>): ViewMessage | undefined {
  const { id, lines, events, totalEvents, done } = message;
  if (!isCount(id) || !isCount(events) || !isCount(totalEvents) || typeof done !== "boolean")
    return undefined;
  return isText(lines, MAX_EXPORT_LENGTH)
    ? { type: "exported", id, lines, events, totalEvents, done }
    : undefined;
}

function isRange(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((time) => isTime(time));
}

/** What a `Date` can hold, milliseconds since 1970. */
function isTime(value: unknown): boolean {
  return typeof value === "number" && Math.abs(value) <= 8.64e15;
}

function isText(value: unknown, maxLength: number): value is string {
  return typeof value === "string" && value.length <= maxLength;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
