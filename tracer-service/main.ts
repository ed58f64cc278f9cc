import { Command } from "commander";

import { calledAs } from "./commands/calledAs.ts";
import { checkCommand } from "./commands/checkCommand.ts";
import { exectraceCommand } from "./commands/exectraceCommand.ts";
import { historyCommand } from "./commands/historyCommand.ts";
import { nodeReadinessCommand } from "./commands/nodeReadinessCommand.ts";
import { sealCommand, verifyCommand } from "./commands/verifyCommand.ts";
import { probeCommand } from "./commands/probeCommand.ts";
import { runCommand } from "./commands/runCommand.ts";
import { uninstallCommand } from "./commands/uninstallCommand.ts";
import { nodeObstacle } from "./nodeVersion.ts";
import { leaveTerminationMessage } from "./terminationMessage.ts";

const argv = calledAs(process.argv);

/** Says why it ends, on stderr and to who looks at the pod: that of the container, not of what is run beside it. */
function tellEnd(message: string, write: (text: string) => void): void {
  write(`tracer-service: ${message}\n`);
  if (!["check", "probe", "history", "verify", "seal"].includes(argv[2] ?? ""))
    leaveTerminationMessage(message);
}

const program = new Command("tracer-service")
  .description("Logs who runs what in which workspace of this node.")
  .addCommand(runCommand())
  .addCommand(exectraceCommand())
  .addCommand(checkCommand())
  .addCommand(uninstallCommand())
  .addCommand(probeCommand())
  .addCommand(historyCommand())
  .addCommand(verifyCommand())
  .addCommand(sealCommand())
  .addCommand(nodeReadinessCommand())
  .configureOutput({
    // Commander puts what the user may have meant on a second line.
    outputError: (text, write) => {
      const line = text.replace(/^error: /, "").trim();
      tellEnd(line.replaceAll("\n", " "), write);
    },
  });
for (const command of program.commands) command.copyInheritedSettings(program);

try {
  const obstacle = nodeObstacle(process.versions.node);
  if (obstacle !== undefined) throw new Error(`this is Node.js ${process.versions.node}: ${obstacle}`);
  await program.parseAsync(argv);
} catch (error) {
  tellEnd(error instanceof Error ? error.message : String(error), (text) => process.stderr.write(text));
  process.exitCode = 1;
}
// Whatever may still be open (a write to a reader that takes nothing, a wait in another thread) must not keep it alive.
process.exit();
