/**
 * The rows of the table in an earlier report by their first cell, as text, so that a run of some of them keeps the others.
 */
export function keptRows(markdown: string): Map<string, string> {
  const rows = markdown.split("\n").filter((line) => line.startsWith("| "));
  // The first two are the head and the line below it.
  return new Map(rows.slice(2).map((row) => [row.split("|")[1]?.trim() ?? "", row]));
}
