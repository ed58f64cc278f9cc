import type { BackPressure } from "../../protocol/stream.ts";

/** Shorter waits are usual and not told, ms. */
const TOLD_FROM_MS = 2_000;

/** What holds up the service now, of how long the log is blocked, in ms, and how the history is; in whole seconds. */
export function findPressure(
  logBlockedMs: number | undefined,
  history: { readonly up: boolean; readonly behindSeconds: number } | undefined,
): BackPressure {
  return {
    logBlockedSeconds: told(logBlockedMs),
    historyBehindSeconds: told(history && history.behindSeconds * 1000),
    historyFailing: history?.up === false ? true : undefined,
  };
}

function told(ms: number | undefined): number | undefined {
  return ms === undefined || ms < TOLD_FROM_MS ? undefined : Math.floor(ms / 1000);
}
