import { basename } from "node:path";

/**
 * The command line with its first argument where the program's own name says it: the image has the service at
 * `/opt/exectrace`, too, which is what Coder's templates start.
 */
export function calledAs(argv: readonly string[]): readonly string[] {
  const [node = "", program = "", ...args] = argv;
  return basename(program) === "exectrace" ? [node, program, "exectrace", ...args] : argv;
}
