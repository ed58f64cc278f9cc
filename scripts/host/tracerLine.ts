/** A line of the tracer's diagnostics as people read it; undefined for what is no warning and no error. */
export function tracerLine(line: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return line === "" ? undefined : line;
  }
  if (typeof parsed !== "object" || parsed === null) return line;
  const { level, msg, err, ...rest } = parsed as Record<string, unknown>;
  if (level !== "warn" && level !== "error" && level !== "fatal") return undefined;
  const cause = typeof err === "object" && err !== null && "message" in err ? [String(err.message)] : [];
  const details = Object.entries(rest)
    .filter(([key]) => key !== "time")
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `tracer-service: ${[String(msg), ...cause, ...details].join(": ")}`;
}
