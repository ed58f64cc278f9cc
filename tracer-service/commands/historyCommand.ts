import { Command, Option } from "commander";

import type { HistoryCommandOptions } from "./history.ts";
import { DEFAULT_STATE_DIR } from "./options/historyOptions.ts";
import { numberBetween } from "./options/numberBetween.ts";

/** `tracer-service history`: what ran on this node, from the service's own database, also while it runs. */
export function historyCommand(): Command {
  return new Command("history")
    .description("tell what ran in the workspaces of this node, from the history that the service keeps")
    .option("--user <name>", "only this user's; may be given several times", collect)
    .option(
      "--workspace <name>",
      "only this workspace's, as NAME or USER/NAME; may be given several times",
      collect,
    )
    .option(
      "--since <time>",
      "from this time on: 2026-02-28, 2026-02-28T20:29:38Z, or so long ago: 90m, 12h, 7d",
    )
    .option("--until <time>", "before this time, in the same forms")
    .addOption(
      new Option("--grep <text>", "only command lines that hold this text, in any case").conflicts("regex"),
    )
    .option("--regex <expression>", "only command lines that match this regular expression (RE2)")
    .option("--limit <events>", "most events that are told: with --newest the latest", numberBetween(1, 1e9))
    .option("--newest", "the newest first", false)
    .option("--exits", "also the ends of processes", false)
    .option("--json", "whole log lines", false)
    .option("--state-dir <directory>", "where the history is", DEFAULT_STATE_DIR)
    .action(async (options: HistoryCommandOptions) => {
      const { history } = await import("./history.ts");
      process.exitCode = await history(options);
    });
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}
