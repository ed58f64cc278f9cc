import type { DiagnosticsStream } from "../../diagnostics.ts";
import { giveBackMemory } from "../../kernel/processMemory.ts";
import { leaveTerminationMessage } from "../../terminationMessage.ts";
import type { Ending } from "./ending.ts";
import { closeLog } from "./openLog.ts";
import type { OpenTrace } from "./openTrace.ts";
import { openServiceManager } from "./serviceManager.ts";

/**
 * Lets a trace that was opened go on until the end is asked for, then writes everything that happened before.
 * Returns the exit status.
 */
export async function serve(
  { session, openedLog, api, keeping }: OpenTrace,
  log: DiagnosticsStream,
  ending: Ending,
): Promise<number> {
  const { sink, toFile } = openedLog;
  ending.onHangup(() => {
    // A terminal that goes away takes the service with it; elsewhere the signal is log rotation's.
    if (toFile) sink?.reopen();
    else if (process.stdout.isTTY) ending.end(0);
    else log.info({}, "SIGHUP: there is no log file to open anew");
  });
  const failed = session.failure.then((error) => {
    log.error({ err: error }, "tracing has failed");
    leaveTerminationMessage(`tracing has failed: ${error.message}`);
    return 1;
  });
  const manager = openServiceManager(log);
  manager.ready();
  giveBackMemory();
  let status = await Promise.race([ending.ended, failed]);
  manager.stopping();
  await session.stop();
  await api?.close();
  await keeping.writer?.close();
  const { unsentLines, unsentBytes, stuck } = await closeLog(openedLog);
  session.finish();
  await keeping.numbers.close();
  if (unsentLines > 0) {
    log.error(
      { unsentLines, unsentBytes },
      "the log's reader took nothing more; these lines were not written",
    );
    status = 1;
  }
  log.info({ ...session.statistics, ...sink?.statistics }, "stopped");
  await log.flush();
  manager.close();
  // A write that never returns, to a disk that hangs, would keep any gentler end waiting.
  if (stuck) process.kill(process.pid, "SIGKILL");
  return status;
}
