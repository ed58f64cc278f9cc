import type { Badge, ExecRow } from "../../worker/workerMessages.ts";

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
      return { text: "memory file", title: "Runs a file that exists only in memory", tone: "alarm" };
    case "deleted":
      return { text: "deleted file", title: "Runs a file that has no name any more", tone: "alarm" };
    case "gained":
      return { text: gainText(row), title: `Gained privileges: ${row.gained.join(", ")}`, tone: "warning" };
    case "nested":
      return { text: "nested container", title: "In a container inside the workspace", tone: "plain" };
    case "script":
      return {
        text: "script",
        title: "A script, run by the interpreter that its first line names",
        tone: "plain",
      };
    case "truncated":
      return { text: "cut", title: "The arguments are not whole: their middle is missing", tone: "plain" };
    case "beforeTracing":
      return { text: "before tracing", title: "Ran already when the tracer began", tone: "plain" };
  }
}

function gainText(row: ExecRow): string {
  if (row.euid !== undefined && row.euid !== row.uid) {
    return `uid ${String(row.uid)} → ${String(row.euid)}`;
  }
  const gained = row.gained.map((gain) => gain.replaceAll("_", " "));
  return gained.length === 0 ? "gained privileges" : `gained ${gained.join(", ")}`;
}
