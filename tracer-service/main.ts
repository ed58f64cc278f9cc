import { Command } from "commander";

import { calledAs } from "./commands/calledAs.ts";
import { checkCommand } from "./commands/checkCommand.ts";
import { exectraceCommand } from "./commands/exectraceCommand.ts";
import { runCommand } from "./commands/runCommand.ts";

const program = new Command("tracer-service")
  .description("Logs who runs what in which workspace of this node.")
  .addCommand(runCommand())
  .addCommand(exectraceCommand())
  .addCommand(checkCommand())
  .configureOutput({
    // Commander puts what the user may have meant on a second line.
    outputError: (text, write) => {
      write(
        `tracer-service: ${text
          .replace(/^error: /, "")
          .trim()
          .replaceAll("\n", " ")}\n`,
      );
    },
  });
for (const command of program.commands) command.copyInheritedSettings(program);

try {
  await program.parseAsync(calledAs(process.argv));
} catch (error) {
  process.stderr.write(`tracer-service: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
// Whatever may still be open (a write to a reader that takes nothing, a wait in another thread) must not keep it alive.
process.exit();
