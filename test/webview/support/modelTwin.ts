import { parseRecordedLine } from "../../../protocol/parseRecordedEvent.ts";
import type { RecordedExec, RecordedExit, RecordedLost } from "../../../protocol/recordedEvent.ts";
import type { ViewFilter } from "../../../protocol/webviewMessages.ts";
import type {
  Badge,
  ExecRow,
  FromWorker,
  ModelCounts,
  Row,
  RowWindow,
  ToWorker,
  WorkerStart,
} from "../../../webview/worker/workerMessages.ts";

// A small model that speaks the worker's messages, so that the page is tested for itself.

declare const self: {
  postMessage(message: FromWorker): void;
  onmessage: ((event: { readonly data: ToWorker | WorkerStart }) => void) | null;
};

interface Item {
  readonly id: number;
  readonly event: RecordedExec | RecordedLost;
  readonly json: string;
  readonly children: Item[];
  parent: Item | undefined;
  exit: { readonly event: RecordedExit; readonly json: string } | undefined;
  expanded: boolean;
}

type Entry = { readonly row: Row; readonly item: Item | undefined };

const FOLD_FROM = 3;
const items: Item[] = [];
const byExec = new Map<string, Item>();
const openFolds = new Set<number>();
let roots: Item[] = [];
let fold = true;
let filter: ViewFilter = { usernames: [], workspaces: [], expression: "" };
let hidden: readonly string[] = [];
let subtree: number | undefined;
let window: RowWindow | undefined;
let anchorBefore: number | undefined;
let entries: Entry[] = [];
let visible = true;
let paused = false;
let waiting: string[] = [];

self.onmessage = ({ data }) => {
  switch (data.type) {
    case "options":
      fold = data.foldRepeats;
      break;
    case "events": {
      const lines = new TextDecoder().decode(data.lines).split("\n");
      if (paused) waiting.push(...lines.filter((line) => line !== ""));
      else addLines(lines);
      self.postMessage({ type: "consumed", source: data.source, batch: data.batch });
      break;
    }
    case "filter": {
      ({ hidden, subtree } = data);
      const { expression } = data.filter;
      const at = expression.indexOf("bad:");
      const error =
        at === -1 ? undefined : { message: "there is no field bad: try user:, cmd: or exit:", at, length: 4 };
      // A wrong expression leaves the one before in force.
      filter = error === undefined ? data.filter : { ...data.filter, expression: filter.expression };
      self.postMessage({ type: "filtered", expression, error, tookMs: 1 });
      break;
    }
    case "window":
      window = data.window;
      anchorBefore = indexOf(window.anchor);
      break;
    case "visible":
      visible = data.visible;
      break;
    case "expand":
      expand(data.row, data.expanded);
      break;
    case "expandAll":
      for (const item of items) item.expanded = data.expanded;
      break;
    case "pause":
      paused = data.paused;
      if (!paused) addLines(waiting.splice(0));
      waiting = paused ? waiting : [];
      break;
    case "details":
      tellDetails(data.row);
      return;
    case "reveal":
      self.postMessage({ type: "place", row: data.row, index: indexOf(data.row) });
      return;
    case "export":
    case "exportNext": {
      const lines = items.map(({ json }) => `${json}\n`).join("");
      const all = items.length;
      self.postMessage({ type: "exported", id: data.id, lines, events: all, totalEvents: all, done: true });
      return;
    }
    case "texts":
    case "source":
    case "sourceRemoved":
    case "gap":
    case "exportCancel":
      return;
  }
  tellRows();
  if (data.type === "events") tellTimeline();
};

function addLines(lines: readonly string[]): void {
  for (const json of lines) {
    const event = parseRecordedLine(json);
    if (event === undefined) continue;
    if (event.type === "exit") {
      const item = byExec.get(event.execId);
      if (item !== undefined) item.exit = { event, json };
      continue;
    }
    const id = items.length + 1;
    const item: Item = { id, event, json, children: [], parent: undefined, exit: undefined, expanded: true };
    items.push(item);
    if (event.type === "exec") {
      if (event.execId !== undefined) byExec.set(event.execId, item);
      item.parent = event.parentId === undefined ? undefined : byExec.get(event.parentId);
    }
    if (item.parent === undefined) roots = insert(roots, item);
    else item.parent.children.push(item);
  }
}

function insert(list: readonly Item[], item: Item): Item[] {
  const at = list.findLastIndex(({ event }) => event.timeMs <= item.event.timeMs) + 1;
  return [...list.slice(0, at), item, ...list.slice(at)];
}

function expand(row: number, expanded: boolean): void {
  const item = items[row - 1];
  if (item !== undefined) item.expanded = expanded;
  else if (expanded) openFolds.add(row);
  else openFolds.delete(row);
}

function indexOf(row: number | undefined): number | undefined {
  const index = entries.findIndex((entry) => entry.row.id === row);
  return index === -1 ? undefined : index;
}

function matches(item: Item): boolean {
  const { event } = item;
  if (event.type === "lost") return filter.expression === "";
  if (hidden.includes(programOf(item))) return false;
  const user = event.labels["username"] ?? "";
  if (filter.usernames.length > 0 && !filter.usernames.includes(user)) return false;
  return event.cmdline.includes(filter.expression);
}

function shows(item: Item): boolean {
  return matches(item) || item.children.some(shows);
}

function programOf({ event }: Item): string {
  return event.type === "exec" ? (event.argv[0] ?? "") : "";
}

function flatten(list: readonly Item[], level: number, to: Entry[]): void {
  const shown = list.filter(shows);
  const folds = new Map<string, Item[]>();
  for (const item of shown) {
    const key = programOf(item);
    if (fold && item.children.length === 0 && key !== "") folds.set(key, [...(folds.get(key) ?? []), item]);
  }
  const set = shown.filter((item) => {
    const same = folds.get(programOf(item)) ?? [];
    return item.children.length > 0 || same.length < FOLD_FROM || same[0] === item;
  });
  set.forEach((item, index) => {
    const same = item.children.length > 0 ? [] : (folds.get(programOf(item)) ?? []);
    const place = { level, positionInSet: index + 1, setSize: set.length };
    if (same.length >= FOLD_FROM) {
      const id = 1_000_000 + item.id;
      to.push({ row: foldRow(id, same, place), item: undefined });
      if (openFolds.has(id)) {
        same.forEach((one, at) => {
          to.push({
            row: itemRow(one, { level: level + 1, positionInSet: at + 1, setSize: same.length }),
            item: one,
          });
        });
      }
      return;
    }
    to.push({ row: itemRow(item, place), item });
    if (item.expanded) flatten(item.children, level + 1, to);
  });
}

interface Place {
  readonly level: number;
  readonly positionInSet: number;
  readonly setSize: number;
}

function foldRow(id: number, same: readonly Item[], place: Place): Row {
  const durations = same.flatMap(({ exit }) => (exit === undefined ? [] : [exit.event.durationMs]));
  const sum = durations.reduce((total, one) => total + one, 0);
  const [first] = same;
  return {
    ...place,
    type: "fold",
    id,
    expanded: openFolds.has(id),
    context: false,
    username: "jessie",
    workspace: "main",
    program: first === undefined ? "" : programOf(first),
    count: same.length,
    failed: same.filter(failed).length,
    running: same.filter(({ exit }) => exit === undefined).length,
    startMs: first?.event.timeMs ?? 0,
    meanDurationMs: durations.length === 0 ? undefined : sum / durations.length,
  };
}

function failed({ exit }: Item): boolean {
  return exit !== undefined && exit.event.exitCode !== 0;
}

function itemRow(item: Item, place: Place): Row {
  const { event, exit } = item;
  const base = {
    ...place,
    id: item.id,
    expanded: item.children.length === 0 ? undefined : item.expanded,
    context: !matches(item),
    username: event.labels["username"] ?? "",
    workspace: event.labels["workspace_name"] ?? "",
  };
  if (event.type === "lost") {
    const { kind, reason, count, firstMs, lastMs, node } = event;
    return { ...base, type: "loss", kind, reason, count, firstMs, lastMs, node };
  }
  const badges: Badge[] = [];
  if (event.image !== undefined) badges.push(event.image);
  if (event.gained.length > 0) badges.push("gained");
  if (event.nested) badges.push("nested");
  if (event.interpreter !== undefined) badges.push("script");
  const from = event.cmdline.startsWith("containerd-shim")
    ? items.find((one) => programOf(one) === "docker" && one.event.type === "exec")
    : undefined;
  const row: ExecRow = {
    ...base,
    type: "exec",
    command: event.cmdline.slice(0, 1_000),
    became: (event.execNumber ?? 1) > 1,
    badges,
    gained: event.gained,
    likelyFrom:
      from?.event.type === "exec"
        ? { row: from.id, command: from.event.argv.slice(0, 2).join(" ") }
        : undefined,
    running: exit === undefined,
    failed: failed(item),
    pid: event.pid,
    startMs: event.timeMs,
    durationMs: exit?.event.durationMs,
    exitCode: exit?.event.exitCode,
    signalName: exit?.event.signalName,
    coreDumped: exit?.event.coreDumped ?? false,
    endedEarlier: exit?.event.late ?? false,
    uid: event.uid,
    euid: event.euid,
    nsUid: event.nsUid,
    cwd: event.cwd,
    node: event.node,
    container: undefined,
    parentCommand: undefined,
    tty: event.tty,
    loginUid: event.loginUid,
    source: "kernel",
  };
  return row;
}

function tellRows(): void {
  const next: Entry[] = [];
  const top = subtree === undefined ? undefined : items[subtree - 1];
  flatten(top === undefined ? roots : [top], 1, next);
  entries = next;
  if (window === undefined || !visible) return;
  const anchorIndex = indexOf(window.anchor);
  const moved = anchorIndex === undefined || anchorBefore === undefined ? 0 : anchorIndex - anchorBefore;
  const first = Math.min(Math.max(0, window.first + moved), Math.max(0, entries.length - window.count));
  const rows = entries.slice(first, first + window.count).map(({ row }) => row);
  self.postMessage({
    type: "rows",
    window,
    first,
    rows,
    visibleRows: entries.length,
    anchorIndex,
    counts: counts(),
  });
  anchorBefore = anchorIndex;
  if (moved !== 0) window = { ...window, first: window.first + moved };
}

function counts(): ModelCounts {
  const execs = items.filter(({ event }) => event.type === "exec");
  const lost = items.reduce((sum, { event }) => sum + (event.type === "lost" ? event.count : 0), 0);
  return {
    total: execs.length,
    shown: execs.filter(matches).length,
    failed: execs.filter(failed).length,
    running: execs.filter(({ exit }) => exit === undefined).length,
    lost,
    lostLately: lost,
    otherLines: 0,
    grouped: 0,
    waiting: waiting.length,
    dropped: 0,
  };
}

function tellTimeline(): void {
  const times = items.map(({ event }) => event.timeMs);
  const firstMs = Math.floor(times.reduce((least, time) => Math.min(least, time), Infinity) / 1_000) * 1_000;
  const length = Math.floor((times.reduce((most, time) => Math.max(most, time), 0) - firstMs) / 1_000) + 1;
  if (!Number.isFinite(firstMs) || length > 4_000) return;
  const succeeded = new Float64Array(length);
  const failures = new Float64Array(length);
  const lost = new Uint8Array(length);
  for (const item of items) {
    const bucket = Math.floor((item.event.timeMs - firstMs) / 1_000);
    if (item.event.type === "lost") lost[bucket] = 1;
    else if (failed(item)) failures[bucket] = (failures[bucket] ?? 0) + 1;
    else succeeded[bucket] = (succeeded[bucket] ?? 0) + 1;
  }
  self.postMessage({
    type: "timeline",
    timeline: { firstMs, bucketMs: 1_000, succeeded, failed: failures, lost },
  });
}

function tellDetails(row: number): void {
  const entry = entries.find((one) => one.row.id === row);
  if (entry === undefined) {
    self.postMessage({ type: "details", details: undefined });
    return;
  }
  const ancestors: { row: number; program: string }[] = [];
  for (let item = entry.item?.parent; item !== undefined; item = item.parent) {
    ancestors.unshift({ row: item.id, program: programOf(item) });
  }
  const json = entry.item?.event.type === "exec" ? entry.item.json : undefined;
  const exitJson = entry.item?.exit?.json;
  self.postMessage({ type: "details", details: { row, json, exitJson, ancestors, summary: entry.row } });
}
