import { prepareBpfDirectory } from "../../kernel/bpfFileSystem.ts";
import { PinDirectory } from "../../kernel/pinDirectory.ts";
import type { Diagnostics } from "../../diagnostics.ts";

/**
 * Opens the directory for pins that a flag names; undefined where none is wanted, or none can be had, which is said.
 * Throws one line when another service has it.
 */
export function openPins(directory: string, log: Diagnostics): PinDirectory | undefined {
  if (directory === "none") return undefined;
  try {
    prepareBpfDirectory(directory);
  } catch (error) {
    log.warn({ err: error }, "nothing can be pinned: what runs while this service is stopped is not logged");
    return undefined;
  }
  return PinDirectory.open(directory);
}
