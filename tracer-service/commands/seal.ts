import { HistoryError } from "../history/historyError.ts";
import { lockHistory } from "../history/openHistory.ts";
import { SealKey } from "../history/sealKey.ts";
import { firstLogKey, LOG_KEY } from "../integrity/logChainState.ts";
import { asOwnerOf } from "./asOwnerOf.ts";

/**
 * Makes the first key and prints it; a service that runs meanwhile seals from its next start on. Throws one line when
 * there is a key already.
 */
export function seal(stateDir: string): void {
  const { key, running } = asOwnerOf(stateDir, () => makeFirstKey(stateDir));
  process.stdout.write(`${key.toString("hex")}\n`);
  say("this key is shown once and kept nowhere: note it on another machine; verify needs it");
  if (running) say("the service that runs seals from its next start on: restart it");
}

function makeFirstKey(stateDir: string): { readonly key: Buffer; readonly running: boolean } {
  const lock = lockUnlessBusy(stateDir);
  try {
    const key = SealKey.create(stateDir);
    SealKey.create(stateDir, LOG_KEY, firstLogKey(key)).fill(0);
    return { key, running: lock === undefined };
  } finally {
    lock?.close();
  }
}

/** Keeps a service from starting meanwhile; undefined where one runs. */
function lockUnlessBusy(stateDir: string): ReturnType<typeof lockHistory> | undefined {
  try {
    return lockHistory(stateDir);
  } catch (error) {
    if (error instanceof HistoryError && error.fault === "busy") return undefined;
    throw error;
  }
}

function say(text: string): void {
  process.stderr.write(`tracer-service: ${text}\n`);
}
