import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { lockState } from "../history/openHistory.ts";
import { isOnBpfFileSystem } from "../kernel/bpfFileSystem.ts";
import { PinDirectory } from "../kernel/pinDirectory.ts";
import { asOwnerOf } from "./asOwnerOf.ts";

/** The flags of `tracer-service uninstall`. */
export interface UninstallOptions {
  readonly pinDir: string;
  readonly purge: boolean;
  readonly stateDir: string;
}

/** Removes pins, and with them programs and ring, and the history where that is asked for. Throws one line when it can't. */
export function uninstall({ pinDir, purge, stateDir }: UninstallOptions): void {
  say(removePins(pinDir) ? `removed what was pinned in ${pinDir}` : `nothing is pinned in ${pinDir}`);
  if (!purge) {
    if (existsSync(join(stateDir, "history.db"))) say(`the history stays in ${stateDir}; --purge removes it`);
    return;
  }
  say(removeHistory(stateDir) ? `removed the history in ${stateDir}` : `there is no history in ${stateDir}`);
}

function removePins(directory: string): boolean {
  if (!existsSync(directory)) return false;
  if (!isOnBpfFileSystem(directory))
    throw new Error(`${directory} is not on a bpffs: nothing can be pinned there`);
  const pins = PinDirectory.open(directory);
  try {
    pins.remove();
  } finally {
    pins.close();
  }
  return true;
}

/** History, seals, the state of the log's chain, and which numbers are given. */
const OWN_FILE =
  /^(?:history\..*|seal\.key|log\.lock|log-seal\.key|log-head\.json(?:\.new|\.damaged)?|numbers\.lock|numbers\.json(?:\.new)?)$/;

/** Only what the service itself has made: the directory may be anybody's. */
function removeHistory(directory: string): boolean {
  if (!existsSync(directory)) return false;
  const ownFiles = (): string[] => readdirSync(directory).filter((name) => OWN_FILE.test(name));
  if (ownFiles().length === 0) return false;
  asOwnerOf(directory, () => {
    // Throws while a service writes there, be it without a history.
    for (const part of ["history", "log", "numbers"] as const) lockState(directory, part).close();
    for (const file of ownFiles()) rmSync(join(directory, file), { force: true });
  });
  if (readdirSync(directory).length === 0) rmdirSync(directory);
  return true;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
