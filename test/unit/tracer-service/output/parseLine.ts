/** A line of the log, as far as the tests look into it. */
export interface ParsedLine {
  readonly ts: string;
  readonly level: string;
  readonly msg: string;
  readonly fields: {
    readonly labels: Record<string, string>;
    readonly cmdline?: string;
    readonly event: Record<string, unknown> & {
      readonly argv: string[];
      readonly truncated: boolean;
      readonly raw?: Record<string, unknown>;
      readonly cut?: { argument: number; missing_bytes: number };
      readonly cut_fields?: string[];
    };
  };
}

/** Parses a line; throws when it is not one line of JSON. */
export function parseLine(line: string): ParsedLine {
  if (line.indexOf("\n") !== line.length - 1) throw new Error("expected one line with its newline");
  return JSON.parse(line) as ParsedLine;
}
