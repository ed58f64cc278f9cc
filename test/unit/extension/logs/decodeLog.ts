import type { RecordedEvent } from "../../../../protocol/recordedEvent.ts";
import { LogDecoder } from "../../../../extension/logs/logDecoder.ts";

/** What a log holds, as the decoder tells it. */
export interface DecodedLog {
  readonly lines: readonly string[];
  readonly events: readonly RecordedEvent[];
  readonly others: number;
}

/** Decodes a log that comes in chunks of so many bytes. */
export function decodeLog(log: string | Uint8Array, chunkBytes = 65_536): DecodedLog {
  const lines: string[] = [];
  const events: RecordedEvent[] = [];
  let others = 0;
  const decoder = new LogDecoder({
    event: (line, event) => {
      lines.push(line);
      events.push(event);
    },
    other: () => {
      others++;
    },
  });
  const bytes = typeof log === "string" ? Buffer.from(log) : log;
  for (let at = 0; at < bytes.length; at += chunkBytes) decoder.push(bytes.subarray(at, at + chunkBytes));
  decoder.end();
  return { lines, events, others };
}

/** The command lines of a decoded log's execs. */
export function commandsOf({ events }: DecodedLog): readonly string[] {
  return events.map((event) => (event.type === "exec" ? event.cmdline : event.type));
}
