import { MAX_RECORDED_LINE, parseRecordedEvent } from "../../../protocol/parseRecordedEvent.ts";
import { parseTimestamp } from "../../../protocol/parseTimestamp.ts";
import type { GapMessage } from "../../../protocol/stream.ts";
import type { Source } from "../../../protocol/webviewMessages.ts";
import type { LineStore } from "./lineStore.ts";
import type { ProcessTree } from "../tree/processTree.ts";
import type { KeptLines } from "../tree/rowContents.ts";
import { placeFacts } from "../tree/rowFacts.ts";
import type { LineOrigin } from "../tree/rowFacts.ts";
import { NONE } from "../tree/rowTable.ts";

const MAX_NAME = 4_096;
const SOURCE_KINDS = { tracer: "kernel", pods: "sidecar", file: "file" } as const;

/** Reads log lines into a tree; what is no event is counted. */
export class EventReader {
  /** Lines that were no event. */
  otherLines = 0;
  readonly #lines: LineStore;
  readonly #origins = new Map<string, LineOrigin>();
  #line = "";
  #index = 0;
  #kept = NONE;
  #latestMs = 0;

  constructor(lines: LineStore) {
    this.#lines = lines;
  }

  /** What the tree that this reads into keeps its lines with. */
  get keptLines(): KeptLines {
    return {
      keep: () => {
        this.#kept = this.#lines.keep(this.#line, this.#index);
        return this.#kept;
      },
      release: (line) => {
        this.#lines.release(line);
      },
    };
  }

  /** Says what kind a source is. */
  setSource({ id, kind }: Source): void {
    this.#origins.set(id, { source: id, sourceKind: SOURCE_KINDS[kind], container: undefined });
  }

  /** Takes a line of a source, which has this index in its batch; whether it was an event. */
  read(line: string, source: string, index: number, tree: ProcessTree): boolean {
    const value = line.length > MAX_RECORDED_LINE ? undefined : parseJson(line);
    const event = parseRecordedEvent(value);
    if (event === undefined) {
      this.otherLines++;
      return false;
    }
    this.#line = line;
    this.#index = index;
    const known = this.#originOf(source);
    const container = textAt(value, "container");
    const origin = container === undefined ? known : { ...known, container };
    const boot = textAt(isObject(value) ? value["fields"] : undefined, "boot_id") ?? "";
    const scope = `${source}\0${event.node ?? ""}\0${boot}`;
    this.#latestMs = Math.max(this.#latestMs, event.timeMs);
    switch (event.type) {
      case "exec":
        tree.takeExec(event, origin, scope);
        break;
      case "exit":
        tree.takeExit(event, scope);
        break;
      case "lost":
        tree.takeLost(event, origin, scope);
        break;
    }
    return true;
  }

  /** Takes word of a gap in a source's stream: a row at its time or, when nobody knows that, after the latest event. */
  readGap(gap: GapMessage, source: string, tree: ProcessTree): void {
    const firstMs = gap.firstTs === undefined ? undefined : knownTime(gap.firstTs);
    const lastMs = gap.lastTs === undefined ? undefined : knownTime(gap.lastTs);
    const kind = gap.reason === "untold" ? "process" : "event";
    const loss = { kind, reason: gap.reason, count: gap.events, firstMs, lastMs };
    tree.addLoss(loss, firstMs ?? this.#latestMs, placeFacts(this.#originOf(source), "", ""), NONE);
  }

  /** Takes word of lines of a source that can't be read, as many as that is known: a row after the latest event. */
  loseLines(count: number | undefined, source: string, tree: ProcessTree): void {
    const loss = { kind: "line", reason: "unpackable", count, firstMs: undefined, lastMs: undefined };
    tree.addLoss(loss, this.#latestMs, placeFacts(this.#originOf(source), "", ""), NONE);
  }

  #originOf(source: string): LineOrigin {
    const known = this.#origins.get(source);
    if (known !== undefined) return known;
    const origin: LineOrigin = { source, sourceKind: "kernel", container: undefined };
    this.#origins.set(source, origin);
    return origin;
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function textAt(value: unknown, key: string): string | undefined {
  const text = isObject(value) ? value[key] : undefined;
  return typeof text === "string" && text !== "" && text.length <= MAX_NAME ? text : undefined;
}

function knownTime(text: string): number | undefined {
  const timeMs = parseTimestamp(text);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
