import type { EventSource } from "../source/eventSource.ts";
import { eventsText } from "../text/countTexts.ts";
import { nativeText } from "../text/nativeText.ts";
import { countText, rateText } from "../text/numbers.ts";
import type { Translate } from "../../protocol/text/translate.ts";
import type { ItemText } from "./itemText.ts";
import { isHeldUp, pressureFacts } from "./pressureFacts.ts";
import { timestampText } from "./timestampText.ts";

/** What is shown of a source. */
export type ShownSource = Pick<EventSource, "id" | "kind" | "name" | "state" | "node"> & {
  /** Its history does not go on from where it was seen before. */
  readonly historyDiffers?: boolean;
  /** It tells nothing of its history any more, though it did. */
  readonly historyUntold?: boolean;
};

/** A line below a source. */
export interface SourceFact {
  /** Names it among the facts of its source. */
  readonly key: string;
  readonly name: string;
  readonly value: string;
  readonly warning: boolean;
}

/** The item of a tracer or a file; `formatTime` makes text of milliseconds since 1970. */
export function sourceText(source: ShownSource, t: Translate, formatTime: (ms: number) => string): ItemText {
  const label = nativeText(source.name);
  const description = stateText(source, t, formatTime);
  const facts = sourceFacts(source, t, formatTime).map(({ name, value }) => `${name}: ${value}`);
  const contextValue =
    source.kind === "file"
      ? "file"
      : source.state.type === "disconnected"
        ? "tracerDown"
        : source.historyDiffers === true || source.historyUntold === true
          ? "tracerDiffers"
          : "tracer";
  return {
    label,
    description,
    tooltip: [label, description, ...facts].join("\n"),
    ...stateIcon(source),
    contextValue,
  };
}

/** What is known of a source beyond its state, a line each. */
export function sourceFacts(
  { kind, state, node, historyDiffers, historyUntold }: ShownSource,
  t: Translate,
  formatTime: (ms: number) => string,
): readonly SourceFact[] {
  if (state.type === "read") {
    return [
      fact("events", t("Events"), countText(state.events)),
      fact("otherLines", t("Lines that are no events"), countText(state.otherLines), state.otherLines > 0),
    ];
  }
  if (kind === "file" || node === undefined) return [];
  const rate = rateText(node.rate);
  const differs = t("not as it was seen before: run tracer-service verify on the node");
  const untold = t("told before, and not any more: it can't be compared");
  return [
    ...(historyDiffers === true ? [fact("history", t("History"), differs, true)] : []),
    ...(historyUntold === true ? [fact("historyUntold", t("History"), untold, true)] : []),
    fact("kernel", t("Kernel"), nativeText(node.kernel, 100)),
    fact("version", t("Tracer version"), nativeText(node.serviceVersion, 60)),
    fact("rate", t("Rate"), t("{0} programs/s", rate === "" ? "0" : rate)),
    fact("lost", t("Lost"), countText(node.lost), node.lost > 0),
    fact("unattributed", t("Unattributed"), countText(node.unattributed), node.unattributed > 0),
    ...pressureFacts(node, t).map(({ key, name, value }) => fact(key, name, value, true)),
    fact("since", t("Tracing since"), timestampText(node.since, formatTime)),
  ];
}

function fact(key: string, name: string, value: string, warning = false): SourceFact {
  return { key, name, value, warning };
}

function stateText(
  { kind, state, node, historyDiffers, historyUntold }: ShownSource,
  t: Translate,
  formatTime: (ms: number) => string,
): string {
  switch (state.type) {
    case "connecting":
      return t("connecting");
    case "connected": {
      const rate = rateText(node?.rate ?? 0);
      const lost = node?.lost ?? 0;
      return [
        t("ready"),
        historyDiffers === true ? t("history does not go on") : "",
        historyUntold === true ? t("history not told any more") : "",
        rate === "" ? "" : t("{0}/s", rate),
        lost === 0 ? "" : t("{0} lost", countText(lost)),
        ...(node === undefined ? [] : pressureFacts(node, t)).map(({ text }) => text),
      ]
        .filter((part) => part !== "")
        .join(" · ");
    }
    case "disconnected":
      if (kind === "file") return nativeText(state.why, 300);
      return t("not ready since {0}: {1}", formatTime(state.sinceMs), nativeText(state.why, 300));
    case "reading":
      if (state.totalBytes === undefined || state.totalBytes === 0) return t("reading");
      return t("reading, {0} %", Math.min(100, Math.floor((state.readBytes / state.totalBytes) * 100)));
    case "read": {
      const events = eventsText(state.events, t);
      if (state.otherLines === 0) return events;
      const others =
        state.otherLines === 1
          ? t("1 line is no event")
          : t("{0} lines are no events", countText(state.otherLines));
      return `${events} · ${others}`;
    }
  }
}

function stateIcon({
  kind,
  state,
  node,
  historyDiffers,
  historyUntold,
}: ShownSource): Pick<ItemText, "icon" | "color"> {
  switch (state.type) {
    case "connecting":
    case "reading":
      return { icon: "sync", color: undefined };
    case "connected":
      return historyDiffers === true || historyUntold === true || (node !== undefined && isHeldUp(node))
        ? { icon: "warning", color: "list.warningForeground" }
        : { icon: "pass", color: "testing.iconPassed" };
    case "disconnected":
      return { icon: kind === "file" ? "error" : "debug-disconnect", color: "list.errorForeground" };
    case "read":
      return state.otherLines > 0
        ? { icon: "warning", color: "list.warningForeground" }
        : { icon: "file", color: undefined };
  }
}
