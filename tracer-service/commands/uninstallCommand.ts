import { Command } from "commander";

import { DEFAULT_STATE_DIR } from "./options/historyOptions.ts";
import { USUAL_PIN_DIR } from "./options/pinOptions.ts";
import type { UninstallOptions } from "./uninstall.ts";

/** `tracer-service uninstall`: takes out of the kernel what a service has left there. */
export function uninstallCommand(): Command {
  return new Command("uninstall")
    .description("take the programs that a stopped service left off the kernel; the history stays")
    .option("--pin-dir <directory>", "where they are pinned", USUAL_PIN_DIR)
    .option("--purge", "remove the history, too", false)
    .option("--state-dir <directory>", "where the history is", DEFAULT_STATE_DIR)
    .action(async (options: UninstallOptions) => {
      const { uninstall } = await import("./uninstall.ts");
      uninstall(options);
    });
}
