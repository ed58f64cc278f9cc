import { CsvRecords } from "./csvRecords.ts";

/** How a file is to be cut into records. `lines` holds one a line, each in a form of its own. */
export type LogFormat = "lines" | "json" | "csv";

/** How much of a file's text tells its format, in UTF-16 units. */
export const FORMAT_HEAD = 4_096;

/** A list of records, an object over several lines, or an answer of CloudWatch's API. */
const JSON_DOCUMENT =
  /^\s*(?:\[\s*[[{\]]|\{\s*[\r\n]|\{\s*"(?:events|results|logEvents|messageType|searchedLogStreams|nextToken|nextForwardToken|queryLanguage|statistics)"\s*:)/;

/** Tells the format from the beginning of the file. */
export function logFormat(head: string): LogFormat {
  if (JSON_DOCUMENT.test(head)) return "json";
  return isHeader(firstRecord(head)) ? "csv" : "lines";
}

function firstRecord(head: string): readonly string[] {
  let first: readonly string[] | undefined;
  const reader = new CsvRecords(FORMAT_HEAD, {
    record: (fields) => (first ??= [...fields]),
    tooLong: () => undefined,
  });
  reader.push(head.slice(0, FORMAT_HEAD));
  reader.end();
  return first ?? [];
}

function isHeader(fields: readonly string[]): boolean {
  return (
    fields.includes("@message") ||
    fields.some((name) => /^log_processed\.[\w.@-]+$/.test(name)) ||
    (fields.includes("message") && fields.some((name) => /^@?timestamp$/.test(name)))
  );
}
