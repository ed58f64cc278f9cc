import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import type { ExportPart } from "../stream/processStream.ts";
import { CSV_HEADER, csvRecords } from "./csvExport.ts";
import { ShownError, whyText } from "../../protocol/text/shownError.ts";

/** `jsonl`: the log's own lines. */
export type ExportFormat = "jsonl" | "csv";

/** How an export ends and what it tells meanwhile. */
export interface ExportOptions {
  readonly format: ExportFormat;
  /** Cancels it: nothing is left of it. */
  readonly signal: AbortSignal;
  /** Events written, and in all. */
  readonly progress: (events: number, totalEvents: number) => void;
}

/** What came of an export. */
export interface ExportResult {
  /** Events that were written. */
  readonly events: number;
  /** Events that had gone from the view before they could be. */
  readonly missing: number;
}

/** Only the user may read what others ran. */
const MODE = 0o600;
/** With it a spreadsheet reads the text as UTF-8. */
const BYTE_ORDER_MARK = "\ufeff";

/**
 * Writes an export to a file, which appears whole or not at all, in place of an older one. Asks for the next part only
 * when the one before is written. Undefined: it was cancelled. Throws when the file can't be written or the parts end
 * with an error.
 */
export async function exportToFile(
  parts: AsyncIterable<ExportPart>,
  path: string,
  options: ExportOptions,
): Promise<ExportResult | undefined> {
  const temporary = join(
    dirname(path),
    `.${basename(path).slice(0, 200)}.${randomBytes(6).toString("hex")}.part`,
  );
  // When the editor ends or is loaded anew, there is no time left to wait for anything.
  const removeAtEnd = (): void => {
    rmSync(temporary, { force: true });
  };
  process.once("exit", removeAtEnd);
  try {
    const result = await writeParts(parts, temporary, options);
    if (result === undefined) await rm(temporary, { force: true });
    else await rename(temporary, path);
    return result;
  } catch (error) {
    await rm(temporary, { force: true });
    if (isAborted(options.signal)) return undefined;
    throw new ShownError(
      (t) => t("could not export to {0}: {1}; choose another file or try again", path, whyText(error, t)),
      error,
    );
  } finally {
    process.off("exit", removeAtEnd);
  }
}

async function writeParts(
  parts: AsyncIterable<ExportPart>,
  path: string,
  { format, signal, progress }: ExportOptions,
): Promise<ExportResult | undefined> {
  const file = await open(path, "wx", MODE);
  try {
    let [events, totalEvents] = [0, 0];
    if (format === "csv") await file.appendFile(BYTE_ORDER_MARK + CSV_HEADER);
    if (isAborted(signal)) return undefined;
    for await (const part of parts) {
      if (isAborted(signal)) return undefined;
      await file.appendFile(format === "csv" ? csvRecords(part.lines) : part.lines);
      ({ events, totalEvents } = part);
      progress(events, totalEvents);
      if (isAborted(signal)) return undefined;
    }
    if (isAborted(signal)) return undefined;
    await file.sync();
    return { events, missing: totalEvents - events };
  } finally {
    await file.close();
  }
}

/** Asked anew each time: the signal changes while something is awaited. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
