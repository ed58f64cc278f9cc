import type { Source } from "../../protocol/webviewMessages.ts";
import type { ModelCounts } from "../worker/workerMessages.ts";
import { formatBytes, formatCount } from "./numberText.ts";
import { formatDuration, formatMoment } from "./timeText.ts";
import { t } from "../../protocol/text/translate.ts";

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
    const text = t("The view had a problem and may not show everything: the command Show Log has it.");
    notices.push({ tone: "warning", text, detail: "", progress: undefined });
  }
  if (counts.dropped > 0) {
    notices.push(info(droppedText(counts.dropped)));
  }
  if (counts.grouped > 0) {
    const text = t(
      "Execs whose log lines name no process are grouped by user, workspace and calling program instead of by parent.",
    );
    notices.push(info(text));
  }
  const order = ["warning", "progress", "info"];
  return notices.sort((one, other) => order.indexOf(one.tone) - order.indexOf(other.tone));
}

function noticeOf({ kind, name, state }: Source, nowMs: number): Notice[] {
  switch (state.type) {
    case "connected":
      return [];
    case "connecting":
      return [{ tone: "progress", text: t("Connecting to {0}…", name), detail: "", progress: undefined }];
    case "disconnected": {
      if (kind === "file")
        return [{ tone: "warning", text: sentence(state.why), detail: "", progress: undefined }];
      const detail = state.retryMs === undefined ? t("Not trying again.") : retryText(state.retryMs, nowMs);
      const since = formatMoment(state.sinceMs);
      return [
        {
          tone: "warning",
          text: t("Disconnected from {0} since {1}: {2}", name, since, ended(state.why)),
          detail,
          progress: undefined,
        },
      ];
    }
    case "reading": {
      const total = state.totalBytes;
      const read = formatBytes(state.readBytes);
      return [
        {
          tone: "progress",
          text: t("Reading {0}:", name),
          detail: total === undefined ? read : t("{0} of {1}", read, formatBytes(total)),
          progress: total === undefined || total === 0 ? undefined : Math.min(1, state.readBytes / total),
        },
      ];
    }
    case "read":
      if (state.otherLines === 0) return [];
      return [
        info(t("{0}: {1}, and {2}.", name, eventsText(state.events), otherLinesText(state.otherLines))),
      ];
  }
}

function droppedText(execs: number): string {
  return execs === 1
    ? t("The view is full: the oldest exec had to go.")
    : t("The view is full: the {0} oldest execs had to go.", formatCount(execs));
}

function eventsText(events: number): string {
  return events === 1 ? t("1 event") : t("{0} events", formatCount(events));
}

function otherLinesText(lines: number): string {
  return lines === 1 ? t("1 line that is no event") : t("{0} lines that are no events", formatCount(lines));
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
  return inMs < 1_000
    ? t("Retrying…")
    : t("Retrying in {0}.", formatDuration(Math.ceil(inMs / 1_000) * 1_000));
}

function info(text: string): Notice {
  return { tone: "info", text, detail: "", progress: undefined };
}
