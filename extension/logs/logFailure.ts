import { whyText } from "../../protocol/text/shownError.ts";
import { t } from "../../protocol/text/translate.ts";
import { eventsText, otherLinesText } from "../text/countTexts.ts";

/** What was read of a log before it failed. */
interface ReadSoFar {
  readonly events: number;
  readonly otherLines: number;
}

const CAUSES: Readonly<Record<string, () => string>> = {
  ENOENT: () => t("it does not exist: open it from where it is now"),
  EACCES: () => t("you may not read it: ask its owner, or copy it"),
  EISDIR: () => t("it is a folder: open a file"),
  Z_BUF_ERROR: () => t("it ends within its compressed data: copy it again, whole"),
  Z_DATA_ERROR: () => t("its compressed data is damaged: copy it again"),
};

/** One line that says why a log could not be read to its end, and what became of the rest. */
export function logFailure(name: string, error: unknown, { events, otherLines }: ReadSoFar): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const cause = CAUSES[code]?.() ?? whyText(error);
  if (events + otherLines === 0) return t("could not read {0} to its end: {1}", name, cause);
  return t(
    "could not read {0} to its end: {1} (read before that: {2} and {3})",
    name,
    cause,
    eventsText(events, t),
    otherLinesText(otherLines, t),
  );
}
