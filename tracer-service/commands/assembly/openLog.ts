import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { isatty } from "node:tty";

import type { Diagnostics } from "../../diagnostics.ts";
import { LogChain, type LogChainOptions } from "../../integrity/logChain.ts";
import { LogChainState } from "../../integrity/logChainState.ts";
import { ColumnFormatter } from "../../output/columns.ts";
import { LineSink, type Unsent } from "../../output/lineSink.ts";
import { monotonicClock } from "../../output/lineSinkClock.ts";
import type { LineSinkReport } from "../../output/lineSinkReport.ts";
import { LogLineFormatter } from "../../output/logLine.ts";
import { LogOutput, type LogSink } from "../../output/logOutput.ts";
import { leadsNowhere, openLogFile, openStdout } from "../../output/outputFile.ts";
import type { TraceOptions } from "../options/traceOptions.ts";

/** Container runtimes split longer lines at 16 KiB. */
const STDOUT_LINE_BYTES = 16_000;

/** How long a reader of the log that takes nothing is waited for at the end. */
const CLOSE_DEADLINE_MS = 5000;

const NOTHING_UNSENT: Unsent = { unsentLines: 0, unsentBytes: 0, stuck: false };
const NOTHING = { output: undefined, sink: undefined, lines: undefined, chain: undefined };

/** The log that the flags ask for. */
export interface OpenLog {
  /** Undefined for `none`: no log is written. */
  readonly output: LogOutput | undefined;
  readonly sink: LineSink | undefined;
  /** Where other lines than events go: before the sink, the chain covers them. Undefined where lines are not JSON. */
  readonly lines: LogSink | undefined;
  /** Undefined where the log is not chained. */
  readonly chain: LogChain | undefined;
  /** Its lines are JSON, not columns for people. */
  readonly json: boolean;
  readonly toFile: boolean;
}

/** Opens it. `run` names this run of the service; `pods`: its lines tell of pods. `failed` is called once if it can never be written again. Throws one line when it can't be opened. */
export function openLog(
  options: TraceOptions,
  { run, pods }: { readonly run: string; readonly pods: boolean },
  log: Diagnostics,
  failed: (error: Error) => void,
): OpenLog {
  if (options.log === "none") return { ...NOTHING, json: false, toFile: false };
  const toFile = options.log !== "-";
  const sink = new LineSink(toFile ? openLogFile(options.log) : openStdout(), {
    clock: monotonicClock,
    report: (report) => {
      tell(report, log);
      if (report.type === "failed") failed(report.error);
    },
    ...(toFile ? { openAgain: () => openLogFile(options.log) } : {}),
  });
  if (!toFile && leadsNowhere())
    log.warn({}, "stdout is closed, or /dev/null: the log goes nowhere; give it a reader, or --log FILE");
  const terminal = !toFile && isatty(1);
  if (options.format === "columns" || (options.format === "auto" && terminal)) {
    const formatter = new ColumnFormatter({
      width: process.stdout.columns || 120,
      colour: terminal && process.env["NO_COLOR"] === undefined,
    });
    sink.write(formatter.header());
    return {
      ...NOTHING,
      ...{ output: new LogOutput(formatter, sink, options.logExits), sink, json: false, toFile },
    };
  }
  const limit = options.maxLineBytes ?? (toFile ? 0 : STDOUT_LINE_BYTES);
  const node = options.nodeName ?? hostname();
  const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const maxLineBytes = limit === 0 ? undefined : limit;
  const formatter = new LogLineFormatter({ node, bootId, maxLineBytes, pods });
  const chain = options.logChain
    ? openLogChain(options.stateDir, sink, { node, bootId, run, log })
    : undefined;
  const lines = chain ?? sink;
  return {
    ...{ output: new LogOutput(formatter, lines, options.logExits), sink, lines, chain },
    ...{ json: true, toFile },
  };
}

/** Writes what waits, and what covers it, and closes. Resolves with what was not written. */
export async function closeLog({ sink, chain }: OpenLog): Promise<Unsent> {
  await chain?.end();
  const unsent = (await sink?.close(CLOSE_DEADLINE_MS)) ?? NOTHING_UNSENT;
  await chain?.close();
  return unsent;
}

/** Undefined without a state directory: a chain that begins anew with each run would prove little. */
function openLogChain(
  stateDir: string,
  sink: LineSink,
  parts: Pick<LogChainOptions, "node" | "bootId" | "run" | "log">,
): LogChain | undefined {
  if (stateDir === "none") return undefined;
  let state: LogChainState | undefined;
  try {
    state = LogChainState.open(stateDir);
  } catch (error) {
    parts.log.error({ err: error }, "the log's chain does not go on from the run before, and is not sealed");
  }
  if (state?.setAside !== undefined) {
    parts.log.error(
      { setAside: state.setAside },
      "the log's head is damaged: it was put aside, and the log's chain begins anew",
    );
  }
  return new LogChain(sink, {
    ...parts,
    state,
    clock: monotonicClock,
    dateNs: () => BigInt(Date.now()) * 1_000_000n,
  });
}

function tell(report: LineSinkReport, log: Diagnostics): void {
  switch (report.type) {
    case "stalled":
      log.error({ err: report.error }, "the log can't be written; events wait, nothing is dropped");
      break;
    case "recovered":
      log.info({ stalledMs: report.stalledMs, waitedBytes: report.waitedBytes }, "the log is written again");
      break;
    case "reopened":
      log.info({}, "opened the log file anew");
      break;
    case "reopenFailed":
      log.error({ err: report.error }, "could not open the log file anew; the old one is still written");
      break;
    case "closeFailed":
      log.error({ err: report.error }, "closing the log file failed");
      break;
    case "failed":
      log.error({ err: report.error }, "the log can't be written any more");
      break;
  }
}
