import type { Badge, ExecRow } from "../../worker/workerMessages.ts";
import { t } from "../../../protocol/text/translate.ts";

/** A badge as it is painted. */
export interface BadgeLook {
  readonly text: string;
  readonly title: string;
  readonly tone: "plain" | "warning" | "alarm";
}

/** The badges of a row, the most alarming first. */
export function badgesOf(row: ExecRow): readonly BadgeLook[] {
  const looks = row.badges.map((badge) => look(badge, row));
  const tones = ["alarm", "warning", "plain"];
  return looks.sort((one, other) => tones.indexOf(one.tone) - tones.indexOf(other.tone));
}

function look(badge: Badge, row: ExecRow): BadgeLook {
  switch (badge) {
    case "memfd":
      return { text: t("memory file"), title: t("Runs a file that exists only in memory"), tone: "alarm" };
    case "deleted":
      return { text: t("deleted file"), title: t("Runs a file that has no name any more"), tone: "alarm" };
    case "gained":
      return {
        text: gainText(row),
        title: t("Gained privileges: {0}", row.gained.join(", ")),
        tone: "warning",
      };
    case "nested":
      return { text: t("nested container"), title: t("In a container inside the workspace"), tone: "plain" };
    case "script":
      return {
        text: t("script"),
        title: t("A script, run by the interpreter that its first line names"),
        tone: "plain",
      };
    case "truncated":
      return {
        text: t("cut"),
        title: t("The arguments are not whole: their middle is missing"),
        tone: "plain",
      };
    case "beforeTracing":
      return { text: t("before tracing"), title: t("Ran already when the tracer began"), tone: "plain" };
  }
}

function gainText(row: ExecRow): string {
  if (row.euid !== undefined && row.euid !== row.uid) {
    return t("uid {0} → {1}", row.uid, row.euid);
  }
  const gained = row.gained.map((gain) => gain.replaceAll("_", " "));
  return gained.length === 0 ? t("gained privileges") : t("gained {0}", gained.join(", "));
}
