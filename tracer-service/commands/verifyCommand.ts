import { Command } from "commander";

import { DEFAULT_STATE_DIR } from "./historyOptions.ts";
import type { VerifyCommandOptions } from "./verify.ts";

/** `tracer-service verify`: whether a history is as it was written. */
export function verifyCommand(): Command {
  return new Command("verify")
    .description("find out whether a history was changed, cut or written anew")
    .argument("[database]", "the database (default: history.db in the state directory)")
    .option("--state-dir <directory>", "where the history is", DEFAULT_STATE_DIR)
    .option("--key-file <file>", "the first key, as `tracer-service seal` showed it, in a file")
    .option("--head <seq:hash>", "a head that was noted before; may be given several times", collect)
    .action(async (database: string | undefined, options: Omit<VerifyCommandOptions, "database">) => {
      const { verify } = await import("./verify.ts");
      process.exitCode = verify({ ...options, database });
    });
}

/** `tracer-service seal`: begins to seal a history. */
export function sealCommand(): Command {
  return new Command("seal")
    .description(
      "seal the history from its next start on, and show the first key once: verification needs it",
    )
    .option("--state-dir <directory>", "where the history is", DEFAULT_STATE_DIR)
    .action(async (options: { readonly stateDir: string }) => {
      const { seal } = await import("./verify.ts");
      seal(options.stateDir);
    });
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}
