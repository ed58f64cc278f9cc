import { parseRecordedLine } from "../../../protocol/parseRecordedEvent.ts";

/** The whole command line that a log line tells; undefined where it tells none. */
export function commandOf(json: string | undefined): string | undefined {
  const event = json === undefined ? undefined : parseRecordedLine(json);
  return event?.type === "exec" ? event.cmdline : undefined;
}

/** The last part of the path of the file that runs. */
export function programOf(json: string | undefined): string | undefined {
  const event = json === undefined ? undefined : parseRecordedLine(json);
  if (event?.type !== "exec") return undefined;
  const path = event.exe ?? event.filename;
  return path.slice(path.lastIndexOf("/") + 1);
}
