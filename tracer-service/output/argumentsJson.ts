import { escapeJson } from "../../protocol/escapeJson.ts";
import { isPlainCommand, quoteForShell } from "../../protocol/shellQuote.ts";

/** Arguments as JSON: the command line that a shell splits into them, and the list. */
export interface ArgumentsJson {
  readonly cmdline: string;
  readonly argv: string;
}

export function argumentsJson(argv: readonly string[]): ArgumentsJson {
  // Most are of characters that mean themselves, to a shell and in JSON too.
  if (isPlainCommand(argv)) return { cmdline: `"${argv.join(" ")}"`, argv: `["${argv.join('","')}"]` };
  let list = "[";
  for (const argument of argv) list += list.length === 1 ? escapeJson(argument) : `,${escapeJson(argument)}`;
  return { cmdline: escapeJson(quoteForShell(argv)), argv: `${list}]` };
}
