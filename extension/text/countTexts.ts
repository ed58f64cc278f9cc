import { countText } from "./numbers.ts";
import type { Translate } from "../../protocol/text/translate.ts";

/** `1 event`, `1,842 events`. */
export function eventsText(count: number, t: Translate): string {
  return count === 1 ? t("1 event") : t("{0} events", countText(count));
}

/** `1 program`, `1,842 programs`: what was run, which other texts call execs. */
export function programsText(count: number, t: Translate): string {
  return count === 1 ? t("1 program") : t("{0} programs", countText(count));
}

/** `1 process`, `1,842 processes`. */
export function processesText(count: number, t: Translate): string {
  return count === 1 ? t("1 process") : t("{0} processes", countText(count));
}

/** `1 workspace`, `1,842 workspaces`. */
export function workspacesText(count: number, t: Translate): string {
  return count === 1 ? t("1 workspace") : t("{0} workspaces", countText(count));
}

/** `0 of 1 node`, `3 of 1,842 nodes`. */
export function partOfNodesText(part: number, all: number, t: Translate): string {
  return all === 1
    ? t("{0} of 1 node", countText(part))
    : t("{0} of {1} nodes", countText(part), countText(all));
}

/** `1 other line`, `1,842 other lines`: what is no event. */
export function otherLinesText(count: number, t: Translate): string {
  return count === 1 ? t("1 other line") : t("{0} other lines", countText(count));
}
