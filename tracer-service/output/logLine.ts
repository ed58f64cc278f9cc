import { escapeJson } from "../../protocol/escapeJson.ts";
import type {
  Attribution,
  ExitEvent,
  Labels,
  LostEvent,
  PodPlace,
  TracerEvent,
} from "../../protocol/events.ts";
import { decimal, decimalOfLong } from "../decimal.ts";
import type { SnapshotProcess } from "../pipeline/snapshot.ts";
import { argumentsJson } from "./argumentsJson.ts";
import { execJson, processJson, rawKey } from "./execJson.ts";
import { inOnePiece } from "./inOnePiece.ts";
import { podJson } from "./podJson.ts";
import { shortenLine } from "./shortenLine.ts";
import type { CutField } from "./shortenLine.ts";
import { signalName } from "./signalName.ts";
import { TimestampFormatter } from "./timestamp.ts";

/** What the formatter needs to know of the node, and the limit of a line. */
export interface LogLineOptions {
  readonly node: string;
  readonly bootId: string;
  /** In bytes of UTF-8, the newline included; undefined for lines of any length. */
  readonly maxLineBytes: number | undefined;
  /** Whether events tell their pods, for which a limited line then has room. */
  readonly pods?: boolean;
}

/** Room for what every line holds, and for something of each text in it. */
const LEAST_LINE_BYTES = 2_000;
/** Of that, what node and boot id may take. */
const NODE_BYTES = 160;
/** What the key `kubernetes` takes with the longest names that are kept. */
const POD_BYTES = 1_600;
const UNCUT: readonly CutField[] = [];
/** Stands for the pod of an event that has none. */
const NO_POD = {};
const CALLER = `"caller":"tracer-service/output/logLine.ts","func":"LogLineFormatter.format"`;

/** What comes between the time and the first thing that differs from line to line, for each kind of line. */
type LineHeads = Readonly<Record<TracerEvent["type"] | "process", string>>;

/**
 * Formats events as lines of the log, a JSON object each: the contract that existing queries depend on. A line that
 * would exceed the limit has its longest texts cut in the middle and says which.
 */
export class LogLineFormatter {
  readonly #maxLineBytes: number;
  readonly #node: string;
  readonly #heads = new WeakMap<Labels, LineHeads>();
  readonly #tails = new WeakMap<object, Map<Attribution, string>>();
  readonly #timestamps = new TimestampFormatter();

  /** Throws when the limit is too small for a line that says anything. */
  constructor({ node, bootId, maxLineBytes, pods = false }: LogLineOptions) {
    this.#node = `,"node":${escapeJson(node)},"boot_id":${escapeJson(bootId)}}}\n`;
    const least =
      LEAST_LINE_BYTES + (pods ? POD_BYTES : 0) + Math.max(0, Buffer.byteLength(this.#node) - NODE_BYTES);
    if (maxLineBytes !== undefined && !(maxLineBytes >= least)) {
      throw new Error(
        `a log line can't be limited to ${String(maxLineBytes)} bytes: give at least ${String(least)}`,
      );
    }
    this.#maxLineBytes = maxLineBytes ?? Infinity;
  }

  /** The line of one event, with its newline. `whole`: the line without a limit, when it has been made already. */
  format(event: TracerEvent, whole?: string): string {
    const line = whole ?? this.#line(event, UNCUT);
    if (this.#fits(line)) return line;
    return shortenLine(event, this.#maxLineBytes, (shortened, cutFields) => this.#line(shortened, cutFields));
  }

  /** The line of a process that ran before tracing began, of any length; `startNs` is its start, ns since 1970 UTC. */
  formatProcess(process: SnapshotProcess, startNs: bigint): string {
    const ts = this.#timestamps.format(startNs);
    const { cmdline } = argumentsJson(process.argv);
    const { process: head } = this.#headsOf(process.labels);
    return `{"ts":"${ts}${head}${cmdline},"event":${processJson(process)}${podKey(process.pod)}${this.#node}`;
  }

  /** A UTF-16 unit takes at most three bytes: most lines need no measuring. */
  #fits(line: string): boolean {
    return line.length * 3 <= this.#maxLineBytes || Buffer.byteLength(line) <= this.#maxLineBytes;
  }

  #line(event: TracerEvent, cutFields: readonly CutField[]): string {
    const ts = this.#timestamps.format(event.timeNs);
    const cut = cutFields.length === 0 ? "" : `,"cut_fields":["${cutFields.join('","')}"]`;
    const heads = this.#headsOf(event.labels);
    const tail = this.#tailOf(event);
    switch (event.type) {
      case "exec": {
        const { cmdline, argv } = argumentsJson(event.argv);
        return `{"ts":"${ts}${heads.exec}${cmdline},"event":${execJson(event, argv)}${cut}${tail}`;
      }
      case "exit":
        return `{"ts":"${ts}${heads.exit}${exitJson(event)}${cut}${tail}`;
      case "lost":
        return `{"ts":"${ts}${heads.lost}${this.#lostJson(event)}${cut}${tail}`;
    }
  }

  #headsOf(labels: Labels): LineHeads {
    const known = this.#heads.get(labels);
    if (known !== undefined) return known;
    const heads = makeHeads(labels);
    this.#heads.set(labels, heads);
    return heads;
  }

  #tailOf({ attribution, pod }: TracerEvent): string {
    const place = pod ?? NO_POD;
    let tails = this.#tails.get(place);
    if (tails === undefined) this.#tails.set(place, (tails = new Map<Attribution, string>()));
    let tail = tails.get(attribution);
    if (tail === undefined) {
      tail = inOnePiece(`},"attribution":"${attribution}"${podKey(pod)}${this.#node}`);
      tails.set(attribution, tail);
    }
    return tail;
  }

  #lostJson(event: LostEvent): string {
    return (
      `{"seq":${String(event.seq)},"kind":"${event.kind}","reason":"${event.reason}","count":${String(event.count)}` +
      `,"first":"${this.#timestamps.format(event.firstNs)}","last":"${this.#timestamps.format(event.lastNs)}"` +
      (event.program === undefined ? "" : `,"program":${escapeJson(event.program)}`) +
      (event.cgroup === undefined ? "" : `,"cgroup":${escapeJson(event.cgroup)}`) +
      rawKey(event.raw)
    );
  }
}

function makeHeads(labels: Labels): LineHeads {
  const entries = Object.entries(labels).map(([name, value]) => `${escapeJson(name)}:${escapeJson(value)}`);
  const head = (level: string, kind: string, next: string): string =>
    inOnePiece(
      `","level":"${level}","msg":"${kind}",${CALLER},"fields":{"labels":{${entries.join(",")}},${next}`,
    );
  return {
    exec: head("INFO", "exec", `"cmdline":`),
    process: head("INFO", "process", `"cmdline":`),
    exit: head("INFO", "exit", `"event":`),
    lost: head("WARN", "lost", `"event":`),
  };
}

function podKey(pod: PodPlace | undefined): string {
  return pod === undefined ? "" : `,"kubernetes":${podJson(pod)}`;
}

function exitJson(event: ExitEvent): string {
  const name = event.signal === undefined ? undefined : signalName(event.signal);
  return (
    `{"seq":${decimal(event.seq)},"exec_id":"${event.id}","pid":${decimal(event.pid)}` +
    (event.exitCode === undefined ? "" : `,"exit_code":${String(event.exitCode)}`) +
    (event.signal === undefined ? "" : `,"signal":${String(event.signal)}`) +
    (name === undefined ? "" : `,"signal_name":"${name}"`) +
    (event.coreDumped ? `,"core_dumped":true` : "") +
    `,"duration_ns":${decimalOfLong(event.durationNs)}` +
    (event.late ? `,"late":true` : "")
  );
}
