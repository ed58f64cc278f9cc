import { existsSync } from "node:fs";
import { once } from "node:events";

import { parseRecordedLine } from "../../protocol/parseRecordedEvent.ts";
import type { StreamFilter } from "../../protocol/stream.ts";
import type { CommandPattern } from "../history/commandPattern.ts";
import { HistoryReader, type HistoryQuery, type HistoryWorkspace } from "../history/historyReader.ts";
import { historyFile } from "../history/openHistory.ts";
import { RecordedColumns } from "../output/recordedColumns.ts";
import { TimestampFormatter } from "../output/timestamp.ts";
import { matchFilter } from "../stream/matchFilter.ts";
import { parseMoment } from "./options/parseMoment.ts";

/** The flags of `tracer-service history`. */
export interface HistoryCommandOptions {
  readonly user: readonly string[] | undefined;
  readonly workspace: readonly string[] | undefined;
  readonly since: string | undefined;
  readonly until: string | undefined;
  readonly grep: string | undefined;
  readonly regex: string | undefined;
  readonly limit: number | undefined;
  readonly newest: boolean;
  readonly exits: boolean;
  readonly json: boolean;
  readonly stateDir: string;
}

/** Prints what was asked for; returns the exit status. Throws one line. */
export async function history(options: HistoryCommandOptions): Promise<number> {
  const query = queryOf(options);
  const file = historyFile(options.stateDir);
  if (!existsSync(file)) {
    throw new Error(`there is no history in ${options.stateDir}: name the service's --state-dir`);
  }
  const reader = new HistoryReader(file);
  try {
    const matches = matchFilter(filterOf(options));
    const meant = reader.workspaces().filter(({ labels }) => matches(labels));
    await print(reader, { ...query, workspaces: meant.map(({ id }) => id) }, options);
    tellRemoved(meant);
    tellForgotten(reader);
  } finally {
    reader.close();
  }
  return 0;
}

async function print(
  reader: HistoryReader,
  query: HistoryQuery,
  { json, exits, limit = Infinity }: HistoryCommandOptions,
): Promise<void> {
  const columns = json ? undefined : new RecordedColumns(process.stdout.columns || 160);
  if (columns !== undefined && !(await write(columns.header()))) return;
  let left = limit;
  let { after, before } = query;
  for (let done = false; !done && left > 0;) {
    const page = reader.page({ ...query, after, before });
    let text = "";
    for (const { type, line } of page.events) {
      if (left === 0 || (type === "exit" && !exits)) continue;
      left--;
      const event = columns && parseRecordedLine(line);
      text += columns === undefined ? line : event === undefined ? "" : columns.format(event);
    }
    if (!(await write(text))) return;
    if (query.order === "oldest") after = page.through;
    else before = page.through;
    ({ done } = page);
  }
}

function queryOf(options: HistoryCommandOptions): Omit<HistoryQuery, "workspaces"> {
  const nowMs = Date.now();
  const moment = (text: string | undefined, flag: string): bigint | undefined =>
    text === undefined ? undefined : parseMoment(text, flag, nowMs);
  const { grep, regex, since, until, newest } = options;
  let pattern: CommandPattern | undefined;
  if (grep !== undefined) pattern = { type: "text", text: grep };
  if (regex !== undefined) pattern = { type: "regex", source: regex };
  return {
    sinceNs: moment(since, "--since"),
    untilNs: moment(until, "--until"),
    ...{ after: 0, before: Number.MAX_SAFE_INTEGER, order: newest ? "newest" : "oldest", pattern },
  };
}

function filterOf({ user = [], workspace = [] }: HistoryCommandOptions): StreamFilter {
  return {
    usernames: user,
    workspaces: workspace.map((text) => {
      const slash = text.indexOf("/");
      if (slash < 0) return { username: undefined, workspaceName: text };
      return { username: text.slice(0, slash), workspaceName: text.slice(slash + 1) };
    }),
  };
}

/** False when nobody reads any more. */
async function write(text: string): Promise<boolean> {
  const { stdout } = process;
  if (stdout.destroyed) return false;
  if (stdout.listenerCount("error") === 0) stdout.on("error", () => stdout.destroy());
  if (stdout.write(text)) return true;
  await Promise.race([once(stdout, "drain"), once(stdout, "close")]);
  return !stdout.destroyed;
}

function tellForgotten(reader: HistoryReader): void {
  const { events = 0 } = reader.forgotten() ?? {};
  if (events === 0) return;
  process.stderr.write(
    `tracer-service: ${String(events)} events of workspaces that it does not know by name any more are not kept either\n`,
  );
}

function tellRemoved(workspaces: readonly HistoryWorkspace[]): void {
  const timestamps = new TimestampFormatter();
  let [events, execs] = [0, 0];
  let lastNs = 0n;
  for (const { removed } of workspaces) {
    if (removed === undefined) continue;
    events += removed.events;
    execs += removed.execs;
    if (removed.lastNs > lastNs) lastNs = removed.lastNs;
  }
  if (events === 0) return;
  process.stderr.write(
    `tracer-service: ${String(events)} events of these workspaces, ${String(execs)} of them execs, are not kept any more; the latest is of ${timestamps.format(lastNs)}\n`,
  );
}
