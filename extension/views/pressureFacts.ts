import type { BackPressure } from "../../protocol/stream.ts";
import { countText } from "../text/numbers.ts";
import type { Translate } from "../../protocol/text/translate.ts";

/** Something that holds up a tracer: as a line of its own, and as a part of a sentence. */
export interface PressureFact {
  readonly key: string;
  readonly name: string;
  readonly value: string;
  readonly text: string;
}

/** Whether anything does. */
export function isHeldUp({ logBlockedSeconds, historyBehindSeconds, historyFailing }: BackPressure): boolean {
  return logBlockedSeconds !== undefined || historyBehindSeconds !== undefined || historyFailing === true;
}

/** What holds up a tracer now; none where nothing does. */
export function pressureFacts(
  { logBlockedSeconds, historyBehindSeconds, historyFailing }: BackPressure,
  t: Translate,
): readonly PressureFact[] {
  const facts: PressureFact[] = [];
  if (logBlockedSeconds !== undefined) {
    const seconds = countText(logBlockedSeconds);
    const [value, text] = [t("blocked for {0} s", seconds), t("log output blocked for {0} s", seconds)];
    facts.push({ key: "logBlocked", name: t("Log output"), value, text });
  }
  if (historyFailing === true) {
    const [value, text] = [t("can't be written"), t("history can't be written")];
    facts.push({ key: "history", name: t("History"), value, text });
  } else if (historyBehindSeconds !== undefined) {
    const seconds = countText(historyBehindSeconds);
    const [value, text] = [t("{0} s behind", seconds), t("history {0} s behind", seconds)];
    facts.push({ key: "history", name: t("History"), value, text });
  }
  return facts;
}
