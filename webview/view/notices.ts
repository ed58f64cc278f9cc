import type { Source } from "../../protocol/webviewMessages.ts";
import type { ModelCounts } from "../worker/workerMessages.ts";
import { formatBytes, formatCount, formatPlural } from "./numberText.ts";
import { formatDuration, formatMoment } from "./timeText.ts";

/** A line above the tree; texts in it are hostile. */
export interface Notice {
  readonly tone: "warning" | "progress" | "info";
  readonly text: string;
  /** What goes on while the text stays the same. */
  readonly detail: string;
  /** 0 … 1 where it is known how far the work is. */
  readonly progress: number | undefined;
}

/** What the user must know of the sources and of the view itself, the most urgent first; `problems` of its own. */
export function noticesOf(
  sources: readonly Source[],
  counts: ModelCounts,
  nowMs: number,
  problems = 0,
): readonly Notice[] {
  const notices = sources.flatMap((source) => noticeOf(source, nowMs));
  if (problems > 0) {
    const text = "The view had a problem and may not show everything: the command Show Log has it.";
    notices.push({ tone: "warning", text, detail: "", progress: undefined });
  }
  if (counts.dropped > 0) {
    notices.push(info(`The view is full: the ${formatPlural(counts.dropped, "oldest exec")} had to go.`));
  }
  if (counts.grouped > 0) {
    const by = "by user, workspace and calling program instead of by parent";
    notices.push(info(`Execs whose log lines name no process are grouped ${by}.`));
  }
  const order = ["warning", "progress", "info"];
  return notices.sort((one, other) => order.indexOf(one.tone) - order.indexOf(other.tone));
}

function noticeOf({ kind, name, state }: Source, nowMs: number): Notice[] {
  switch (state.type) {
    case "connected":
      return [];
    case "connecting":
      return [{ tone: "progress", text: `Connecting to ${name}…`, detail: "", progress: undefined }];
    case "disconnected": {
      if (kind === "file")
        return [{ tone: "warning", text: sentence(state.why), detail: "", progress: undefined }];
      const detail = state.retryMs === undefined ? "Not trying again." : retryText(state.retryMs, nowMs);
      const since = formatMoment(state.sinceMs);
      return [
        {
          tone: "warning",
          text: `Disconnected from ${name} since ${since}: ${ended(state.why)}`,
          detail,
          progress: undefined,
        },
      ];
    }
    case "reading": {
      const total = state.totalBytes;
      const of = total === undefined ? "" : ` of ${formatBytes(total)}`;
      return [
        {
          tone: "progress",
          text: `Reading ${name}:`,
          detail: `${formatBytes(state.readBytes)}${of}`,
          progress: total === undefined || total === 0 ? undefined : Math.min(1, state.readBytes / total),
        },
      ];
    }
    case "read":
      if (state.otherLines === 0) return [];
      return [
        info(
          `${name}: ${formatPlural(state.events, "event")}, and ${formatCount(state.otherLines)} ${state.otherLines === 1 ? "line that is" : "lines that are"} no event.`,
        ),
      ];
  }
}

function sentence(text: string): string {
  return ended(text.slice(0, 1).toUpperCase() + text.slice(1));
}

function ended(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** A point in time, or how long from now where it is too small to be one. */
function retryText(retryMs: number, nowMs: number): string {
  const inMs = retryMs > nowMs / 2 ? retryMs - nowMs : retryMs;
  return inMs < 1_000 ? "Retrying…" : `Retrying in ${formatDuration(Math.ceil(inMs / 1_000) * 1_000)}.`;
}

function info(text: string): Notice {
  return { tone: "info", text, detail: "", progress: undefined };
}
