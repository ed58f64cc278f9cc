import { escapeJson } from "../../protocol/escapeJson.ts";
import { isPlainCommand, quoteForShell } from "../../protocol/shellQuote.ts";

/** Arguments as JSON: the command line that a shell splits into them, and the list. */
export interface ArgumentsJson {
  readonly cmdline: string;
  readonly argv: string;
}

export function argumentsJson(argv: readonly string[]): ArgumentsJson {
  // Most are of characters that mean themselves, to a shell and in JSON too.
  if (isPlainCommand(argv)) return plainJson(argv);
  return { cmdline: escapeJson(quoteForShell(argv)), argv: escapeJson(argv) };
}

/** Adding texts costs a fraction of joining lists: the engine puts them together only where the line is written. */
function plainJson(argv: readonly string[]): ArgumentsJson {
  let cmdline = `"${argv[0] ?? ""}`;
  let list = `[${cmdline}`;
  for (let i = 1; i < argv.length; i++) {
    const argument = argv[i] ?? "";
    cmdline += ` ${argument}`;
    list += `","${argument}`;
  }
  return { cmdline: `${cmdline}"`, argv: `${list}"]` };
}
