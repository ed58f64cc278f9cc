/** The time of a line as the log writes it; `ms` since 1970. */
function stamp(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000000Z");
}

/** One log line of that time. */
function lineAt(ms: number, text = ""): string {
  return `{"ts":"${stamp(ms)}","msg":"exec","fields":{"cmdline":"${text}"}}\n`;
}

/** Log lines as they come from a socket. */
export function linesAt(times: readonly number[], text = ""): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(times.map((ms) => lineAt(ms, text)).join(""));
}

/** Times of log lines, ms since 1970. */
export function timesOf(lines: Uint8Array): number[] {
  const texts = Buffer.from(lines).toString().split("\n").slice(0, -1);
  return texts.map((text) => Date.parse((JSON.parse(text) as { readonly ts: string }).ts));
}
