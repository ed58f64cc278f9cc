/** Columns that hold a whole line, or a collector's record of it. */
const TEXT_COLUMNS = ["@message", "message", "log"] as const;
const PARSED = "log_processed.";
/** Of the flattened columns, those that are text although they may look like something else. */
const TEXTS = /^fields\.(?:labels\.|cmdline$|node$|boot_id$|attribution$)|^(?:ts|msg|level|caller|func)$/;
const EVENT_TEXTS =
  /^fields\.event\.(?:filename|argv|comm|exec_id|parent_exec_id|lineage|tty|exe|exe_device|exe_inode|interpreter|image|cap_effective|cwd|cgroup|cgroup_id|signal_name|kind|reason|first|last|gained|cut_fields)(?:\.|$)/;
const TRUTHS =
  /^fields\.event\.(?:truncated|args_unreadable|nested|exe_truncated|exe_outside_root|cwd_truncated|cwd_outside_root|cwd_deleted|core_dumped|late)$/;
/** An element of a list, which CloudWatch makes a column of its own. */
const ELEMENT = /^(.+)\.(\d{1,4})$/;
const LISTS = /^fields\.event\.(?:argv|gained|cut_fields)$/;
const MAX_DEPTH = 8;

type Tree = { [key: string]: unknown };

/** Whether a row has the columns that CloudWatch makes of a log line's keys. */
export function isQueryRow(row: ReadonlyMap<string, string>): boolean {
  return row.has(`${PARSED}msg`) || row.has(`${PARSED}fields.cmdline`);
}

/** A row of `aws logs get-query-results`, a list of fields with values; undefined for any other list. */
export function rowOfPairs(pairs: readonly unknown[]): ReadonlyMap<string, string> | undefined {
  const row = new Map<string, string>();
  for (const pair of pairs) {
    if (typeof pair !== "object" || pair === null) return undefined;
    const { field, value } = pair as { field?: unknown; value?: unknown };
    if (typeof field !== "string" || typeof value !== "string") return undefined;
    row.set(field, value);
  }
  return row;
}

/**
 * The text in which a row of a query's result holds a log line: a column with the message or, without one, the line
 * put together from the columns named `log_processed.…`. Undefined where the row has neither.
 */
export function queryRowLine(row: ReadonlyMap<string, string>): string | undefined {
  for (const name of TEXT_COLUMNS) {
    const text = row.get(name);
    if (text !== undefined && text !== "") return text;
  }
  return isQueryRow(row) ? lineOfColumns(row) : undefined;
}

function lineOfColumns(row: ReadonlyMap<string, string>): string {
  const line: Tree = Object.create(null) as Tree;
  const lists = new Map<string, string[]>();
  for (const [name, cell] of row) {
    // An empty cell is a key that the line does not have.
    if (!name.startsWith(PARSED) || cell === "") continue;
    const path = name.slice(PARSED.length);
    const [, list = "", index = ""] = ELEMENT.exec(path) ?? [];
    if (LISTS.test(list)) {
      const items = lists.get(list) ?? [];
      items[Number(index)] = cell;
      lists.set(list, items);
    } else {
      put(line, path, cellValue(path, cell));
    }
  }
  for (const [path, items] of lists)
    put(
      line,
      path,
      Array.from(items, (item: string | undefined) => item ?? ""),
    );
  if (!("ts" in line)) {
    const time = row.get("@timestamp") ?? row.get("timestamp");
    // CloudWatch writes "2022-02-28 20:29:38.038", in UTC.
    if (time !== undefined) line["ts"] = /(?:Z|[+-]\d\d:\d\d)$/.test(time) ? time : `${time}Z`;
  }
  return JSON.stringify({ msg: "exec", ...line });
}

function cellValue(path: string, cell: string): unknown {
  if (TEXTS.test(path) || EVENT_TEXTS.test(path)) return cell;
  if (TRUTHS.test(path)) return cell === "1" || cell === "true";
  return /^\d{1,16}$/.test(cell) ? Number(cell) : cell;
}

function put(line: Tree, path: string, value: unknown): void {
  // Label names may have dots of their own.
  const labels = "fields.labels.";
  const keys = path.startsWith(labels) ? ["fields", "labels", path.slice(labels.length)] : path.split(".");
  const last = keys.pop();
  if (last === undefined || keys.length > MAX_DEPTH) return;
  let at = line;
  for (const key of keys) {
    const next = at[key];
    if (typeof next === "object" && next !== null) at = next as Tree;
    else at = at[key] = Object.create(null) as Tree;
  }
  at[last] = value;
}
