import { Command } from "commander";

import { DEFAULT_STATE_DIR } from "./options/historyOptions.ts";
import type { VerifyCommandOptions } from "./verify.ts";

type Flags = Pick<VerifyCommandOptions, "stateDir" | "keyFile" | "head">;

/** `tracer-service verify`: whether a history or a log is as it was written. */
export function verifyCommand(): Command {
  return new Command("verify")
    .description("find out whether a history or a log was changed, cut or written anew")
    .argument("[file]", "a database or a log, - for stdin (default: history.db in the state directory)")
    .option(
      "--state-dir <directory>",
      "where the history is; given with a log, what is noted there is compared",
      DEFAULT_STATE_DIR,
    )
    .option("--key-file <file>", "the first key, as `tracer-service seal` showed it, in a file")
    .option("--head <seq:hash>", "a head that was noted before; may be given several times", collect)
    .action(async (file: string | undefined, options: Flags, command: Command) => {
      const { verify } = await import("./verify.ts");
      const stateDirGiven = command.getOptionValueSource("stateDir") !== "default";
      process.exitCode = await verify({ ...options, file, stateDirGiven });
    });
}

/** `tracer-service seal`: begins to seal history and log. */
export function sealCommand(): Command {
  return new Command("seal")
    .description(
      "seal history and log from the next start on, and show the first key once: verification needs it",
    )
    .option("--state-dir <directory>", "where the history is", DEFAULT_STATE_DIR)
    .action(async (options: { readonly stateDir: string }) => {
      const { seal } = await import("./seal.ts");
      seal(options.stateDir);
    });
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}
