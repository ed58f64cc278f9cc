import { parseTimestamp } from "../../../protocol/parseTimestamp.ts";

/** What a line of a log is to a reader that comes back to it. */
export type LogLineNews =
  | { readonly type: "new" }
  /** It was read before the reader went away. */
  | { readonly type: "double" }
  /** It is new, and lines before it are missing: the log no longer has where the reader was. */
  | { readonly type: "gap"; readonly lastMs: number };

const NEW: LogLineNews = { type: "new" };
const DOUBLE: LogLineNews = { type: "double" };

/**
 * A reader's place in a pod's log. The API can begin at a second only, so that lines come twice after each beginning:
 * those are told apart by their times and, at the time of the last one, by their text.
 */
export class LogPlace {
  #lastMs: number | undefined;
  #lastStamp = "";
  /** Lines that were read at that time, and how often. */
  #atLast = new Map<string, number>();
  /** What of these has come again since the reader came back; undefined while it reads on. */
  #again: Map<string, number> | undefined;

  /** Where to begin, in whole seconds; undefined: nothing was read yet. */
  get sinceTime(): string | undefined {
    return this.#lastMs === undefined
      ? undefined
      : new Date(Math.floor(this.#lastMs / 1_000) * 1_000).toISOString().replace(".000Z", "Z");
  }

  /** A connection begins. */
  begin(): void {
    this.#again = this.#lastMs === undefined ? undefined : new Map();
  }

  /** Takes the next line with its time, as the kubelet wrote it. */
  take(stamp: string, line: string): LogLineNews {
    const timeMs = parseTimestamp(stamp);
    // A line that was cut by the kubelet has no time of its own.
    if (Number.isNaN(timeMs)) return NEW;
    if (this.#again !== undefined && this.#lastMs !== undefined) {
      const news = this.#compare(timeMs, line, this.#lastMs, this.#again);
      if (news.type === "double") return news;
      this.#again = undefined;
      this.#keep(timeMs, stamp, line);
      return news;
    }
    this.#keep(timeMs, stamp, line);
    return NEW;
  }

  #compare(timeMs: number, line: string, lastMs: number, again: Map<string, number>): LogLineNews {
    if (timeMs < lastMs) return DOUBLE;
    if (timeMs === lastMs) {
      const count = (again.get(line) ?? 0) + 1;
      again.set(line, count);
      if (count <= (this.#atLast.get(line) ?? 0)) return DOUBLE;
    }
    return again.size === 0 ? { type: "gap", lastMs } : NEW;
  }

  #keep(timeMs: number, stamp: string, line: string): void {
    if (stamp !== this.#lastStamp) this.#atLast.clear();
    this.#lastStamp = stamp;
    this.#lastMs = timeMs;
    this.#atLast.set(line, (this.#atLast.get(line) ?? 0) + 1);
  }
}
