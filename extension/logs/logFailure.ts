/** What was read of a log before it failed. */
interface ReadSoFar {
  readonly events: number;
  readonly otherLines: number;
}

const CAUSES: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist: open it from where it is now",
  EACCES: "you may not read it: ask its owner, or copy it",
  EISDIR: "it is a folder: open a file",
  Z_BUF_ERROR: "it ends within its compressed data: copy it again, whole",
  Z_DATA_ERROR: "its compressed data is damaged: copy it again",
};

/** One line that says why a log could not be read to its end, and what became of the rest. */
export function logFailure(name: string, error: unknown, { events, otherLines }: ReadSoFar): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const cause = CAUSES[code] ?? (error instanceof Error ? error.message : String(error));
  const kept =
    events + otherLines === 0
      ? ""
      : ` (read before that: ${counted(events, "event")} and ${counted(otherLines, "other line")})`;
  return `could not read ${name} to its end: ${cause}${kept}`;
}

function counted(count: number, what: string): string {
  return `${String(count)} ${what}${count === 1 ? "" : "s"}`;
}
