import type { DiagnosticsStream } from "../diagnostics.ts";
import { giveBackMemory } from "../kernel/processMemory.ts";
import { leaveTerminationMessage } from "../terminationMessage.ts";
import type { Ending } from "./ending.ts";
import type { OpenTrace } from "./openTrace.ts";
import { openServiceManager } from "./serviceManager.ts";

/** How long a reader of the log that takes nothing is waited for at the end. */
const CLOSE_DEADLINE_MS = 5000;

const NOTHING_UNSENT = { unsentLines: 0, unsentBytes: 0, stuck: false };

/**
 * Lets a trace that was opened go on until the end is asked for, then writes everything that happened before.
 * Returns the exit status.
 */
export async function serve(
  { session, openedLog: { sink, chain, toFile }, api, keeping }: OpenTrace,
  log: DiagnosticsStream,
  ending: Ending,
): Promise<number> {
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
  await chain?.end();
  const { unsentLines, unsentBytes, stuck } = (await sink?.close(CLOSE_DEADLINE_MS)) ?? NOTHING_UNSENT;
  session.finish();
  await keeping.numbers.close();
  await chain?.close();
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
