// `npm start`: traces this host and shows it in code-server, after whatever set-up is still missing.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { parseHostFlags, USAGE } from "./hostFlags.mjs";
import { NODE, prepareAlone, ROOT } from "./prepare.mjs";
import { say } from "./say.mjs";

function start() {
  const child = spawn(NODE, [join(ROOT, "scripts/host/main.ts"), ...process.argv.slice(2)], {
    // The channel closes when this process ends, in whatever way, and all that was started ends with it.
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", (error) => {
    say(`could not start: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => {
    process.exit(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
  });
}

try {
  // Looked at before minutes go into preparing.
  if (parseHostFlags(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd()) === undefined) {
    process.stdout.write(USAGE);
  } else {
    await prepareAlone("start");
    start();
  }
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
