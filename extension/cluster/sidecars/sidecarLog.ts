import type { Readable } from "node:stream";
import { MAX_RECORDED_LINE } from "../../../protocol/parseRecordedEvent.ts";
import type { RecordedEvent } from "../../../protocol/recordedEvent.ts";
import type { Clock } from "../../clock.ts";
import { LineSplitter } from "../../logs/lineSplitter.ts";
import { Reconnector } from "../../source/reconnector.ts";
import type { EventSink } from "../../source/eventSource.ts";
import { apiPath, type ApiServer } from "../api/apiServer.ts";
import { type ClusterPod, LOGGING_CONTAINER } from "../inventory/clusterPod.ts";
import { LogPlace } from "./logPlace.ts";
import { sidecarLine } from "./sidecarLine.ts";
import { ShownError, whyText } from "../../../protocol/text/shownError.ts";
import { english } from "../../../protocol/text/translate.ts";

/** Lines of the past that are read first. */
const TAIL_LINES = "5000";
/** The time before each line, and the line. */
const MAX_LINE_LENGTH = MAX_RECORDED_LINE + 64;

const utf8 = new TextEncoder();

/** What following a log needs of the outside. */
export interface SidecarLogOptions {
  readonly api: ApiServer;
  /** As it is now: its labels may change. */
  readonly pod: () => ClusterPod;
  readonly sink: EventSink;
  readonly clock: Clock;
  /** Told of each event, before the sink has it. `differs` as in `sidecarLine`. */
  readonly onEvent: (event: RecordedEvent, differs: readonly string[]) => void;
  /** Lines that are no events, counted on. */
  readonly onOtherLine: () => void;
  readonly log: (message: string) => void;
}

/** Follows the log of a pod's sidecar into a sink, without doubles after a lost connection, until it is disposed of. */
export class SidecarLog {
  readonly #options: SidecarLogOptions;
  readonly #place = new LogPlace();
  readonly #abort = new AbortController();
  readonly #reconnector: Reconnector;
  #loggedWhy: string | undefined;

  constructor(options: SidecarLogOptions) {
    this.#options = options;
    this.#reconnector = new Reconnector({ clock: options.clock, connect: () => void this.#run() });
    this.#reconnector.start();
  }

  /** There is a reason to try again now: the container has started anew. */
  retry(): void {
    this.#reconnector.retry();
  }

  dispose(): void {
    this.#reconnector.dispose();
    this.#abort.abort();
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    const { log, pod } = this.#options;
    let failure: unknown = new ShownError((t) => t("the log has ended"));
    try {
      await this.#follow();
    } catch (error) {
      failure = error;
      const why = whyText(error, english);
      if (!this.#abort.signal.aborted && why !== this.#loggedWhy) {
        this.#loggedWhy = why;
        log(`log of ${pod().namespace}/${pod().name}: ${why}`);
      }
    }
    this.#reconnector.failed(failure, false);
  }

  async #follow(): Promise<void> {
    const { api, pod } = this.#options;
    const { namespace, name } = pod();
    const { sinceTime } = this.#place;
    const stream = await api.stream({
      path: apiPath("api", "v1", "namespaces", namespace, "pods", name, "log"),
      query: {
        container: LOGGING_CONTAINER,
        follow: "true",
        timestamps: "true",
        ...(sinceTime === undefined ? { tailLines: TAIL_LINES } : { sinceTime }),
      },
      signal: this.#abort.signal,
    });
    this.#reconnector.connected();
    this.#place.begin();
    await this.#read(stream);
  }

  async #read(stream: Readable): Promise<void> {
    const { sink, onOtherLine } = this.#options;
    const lines: string[] = [];
    const splitter = new LineSplitter(
      MAX_LINE_LENGTH,
      (line) => {
        this.#line(line, lines);
      },
      onOtherLine,
    );
    stream.setEncoding("utf8");
    for await (const chunk of stream as AsyncIterable<string>) {
      splitter.push(chunk);
      // While the sink is busy, nothing more is read.
      if (lines.length > 0) await sink.events(utf8.encode(lines.splice(0).join("")));
      if (this.#abort.signal.aborted) return;
    }
  }

  #line(text: string, lines: string[]): void {
    const { pod, sink, onEvent, onOtherLine } = this.#options;
    const blank = text.indexOf(" ");
    const stamp = text.slice(0, Math.max(0, blank));
    const rest = text.slice(blank + 1);
    const news = this.#place.take(stamp, rest);
    if (news.type === "double") return;
    if (news.type === "gap") sink.gap(missing(new Date(news.lastMs).toISOString(), stamp));
    if (rest.trim() === "") return;
    const read = sidecarLine(rest, pod());
    if (read === undefined) {
      onOtherLine();
      return;
    }
    onEvent(read.event, read.differs);
    lines.push(read.line, "\n");
  }
}

/** Lines between these times may be missing: the log was rotated, or the container started anew. Nobody can count them. */
function missing(firstTs: string, lastTs: string): Parameters<EventSink["gap"]>[0] {
  return {
    type: "gap",
    reason: "rotated",
    firstSeq: 0,
    lastSeq: 0,
    ...{ events: undefined, execs: undefined, firstTs, lastTs },
  };
}
