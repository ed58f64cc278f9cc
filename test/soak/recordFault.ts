import { appendFileSync } from "node:fs";

/** What became of one fault. */
export interface FaultRecord {
  readonly fault: string;
  readonly rounds: number;
  /** What happened, in events. */
  readonly executed?: number | undefined;
  /** What of it the log or the history has. */
  readonly logged?: number | undefined;
  /** What of it is counted as lost, with why; left out where nothing is. */
  readonly lost?: string | undefined;
  /** The service's resident memory, bytes: before and after. */
  readonly memory?: readonly [number, number] | undefined;
}

/** Tells the run that collects them, `npm run test:soak`; alone a test tells nobody. */
export function recordFault(record: FaultRecord): void {
  const file = process.env["SOAK_RECORDS"];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(record)}\n`);
}
