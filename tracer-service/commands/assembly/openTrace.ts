import { randomUUID } from "node:crypto";
import { hostname } from "node:os";

import type { DiagnosticsStream } from "../../diagnostics.ts";
import type { IdentityProvider } from "../../identity/identityProvider.ts";
import type { KernelTracer } from "../../kernel/kernelTracer.ts";
import { LogKeeper } from "../../output/logKeeper.ts";
import { LogLineFormatter } from "../../output/logLine.ts";
import { AllKeepers } from "../../pipeline/allKeepers.ts";
import { EarlierNumbers } from "../../pipeline/earlierNumbers.ts";
import type { PendingLimits } from "../../pipeline/pendingEvents.ts";
import type { EventOutput } from "../../pipeline/eventOutput.ts";
import { TraceSession, type TraceSessionOptions } from "../../pipeline/traceSession.ts";
import { seesHostPids } from "../../proc/pidNamespace.ts";
import type { ListenPlan } from "./listenPlan.ts";
import type { OpenApi } from "./openApi.ts";
import { openKeeping, type Keeping } from "./openKeeping.ts";
import { closeLog, openLog, type OpenLog } from "./openLog.ts";
import type { LastingRing } from "../../history/numbersLeft.ts";
import { openRedactor } from "../options/redactionOptions.ts";
import type { Ending } from "./ending.ts";
import type { TraceOptions } from "../options/traceOptions.ts";

/** What a trace is made of. */
export interface TraceParts {
  readonly kernel: KernelTracer;
  readonly provider: IdentityProvider;
  readonly log: DiagnosticsStream;
  readonly ending: Ending;
  readonly plan: ListenPlan;
  /** Whether events tell of pods. */
  readonly pods?: boolean;
  readonly pendingLimits?: PendingLimits;
  /** Called with the log once it is open, before there is anything to log. */
  readonly onLog?: (openedLog: OpenLog) => void;
  readonly onRecord?: TraceSessionOptions["onRecord"];
}

/** A session with all that its events go to. */
export interface OpenTrace {
  readonly session: TraceSession;
  readonly openedLog: OpenLog;
  readonly api: OpenApi | undefined;
  readonly keeping: Keeping;
}

/** Loads ahead what `openTrace` will load, while there is nothing else to do; what fails here fails there, and says so. */
export async function loadParts({ stateDir }: TraceOptions, plan: ListenPlan): Promise<void> {
  const history = stateDir === "none" ? [] : [import("../../history/historyWriter.ts")];
  const api = plan.type === "none" ? [] : [import("./openApi.ts").then(({ loadApi }) => loadApi(plan))];
  await Promise.allSettled([...history, ...api]);
}

/** Opens log and API, then begins to trace. Rejects with one line, with nothing left behind, where it can't. */
export async function openTrace(options: TraceOptions, parts: TraceParts): Promise<OpenTrace> {
  const { kernel, provider, log, ending, plan, onRecord } = parts;
  // First what can be wrong in a file.
  const redactor = await openRedactor(options);
  const run = randomUUID();
  const openedLog = openLog(options, { run, pods: parts.pods ?? false }, log, () => {
    ending.end(1);
  });
  parts.onLog?.(openedLog);
  const keeping = await openKeeping(options, run, log, ringOf(kernel));
  const { writer, numbers } = keeping;
  const overtaken = numbers.overtaken ? await earlierNumbers(keeping, kernel.lastSeq, log) : undefined;
  let api: OpenApi | undefined;
  let session: TraceSession;
  try {
    api = await openPlannedApi(plan, options, { ...parts, openedLog, keeping });
    const output = api?.output ?? (await outputWithoutApi(options, openedLog, keeping));
    if (output === undefined) {
      throw new Error(
        "--log none leaves only the API and the history: give one a --listen address, or --state-dir",
      );
    }
    session = new TraceSession({
      kernel,
      provider,
      output: numbers.reserving(output),
      log,
      restMs: options.rest,
      hostPids: seesHostPids(),
      ...keepersOf(kernel, openedLog, keeping),
      lastSeq: numbers.lastSeq,
      noteOvertaken: (isNow) => {
        numbers.noteOvertaken(isNow);
      },
      ...(overtaken && { overtaken }),
      ...(redactor && { redactor }),
      ...(api && { onSnapshot: api.begin, watched: api.watched }),
      ...(onRecord && { onRecord }),
      ...(parts.pendingLimits && { pendingLimits: parts.pendingLimits }),
    });
    session.start();
  } catch (error) {
    // The next start is to find a run that ended, not one that crashed.
    await api?.close();
    await writer?.close();
    await closeLog(openedLog);
    await numbers.close();
    throw error;
  }
  numbers.tell();
  if (kernel.unnumbered !== 0) {
    log.warn(
      { processes: kernel.unnumbered },
      "exec numbers of processes that run begin anew: an exec_id of theirs may be that of an earlier exec",
    );
  }
  api?.ready(session);
  return { session, openedLog, api, keeping };
}

/** What the history has of the events that are read again. */
async function earlierNumbers(
  { archive }: Keeping,
  after: number,
  log: DiagnosticsStream,
): Promise<EarlierNumbers> {
  if (archive === undefined) return new EarlierNumbers();
  const { readEarlierNumbers } = await import("../../history/readEarlierNumbers.ts");
  try {
    return await readEarlierNumbers(archive, after);
  } catch (error) {
    log.error(
      { err: error },
      "what the run before has kept can't be read: the history may hold events of it twice",
    );
    return new EarlierNumbers();
  }
}

function ringOf({ pinned, ringName: name, lastSeq }: KernelTracer): LastingRing | undefined {
  return pinned ? { name, lastSeq } : undefined;
}

/** Where the programs outlive the service, what the log has not got yet stays in the ring for the next one, too. */
function keepersOf(
  kernel: KernelTracer,
  { sink }: OpenLog,
  { writer }: Keeping,
): Pick<TraceSessionOptions, "keeper" | "keptPosition"> {
  if (!kernel.pinned) return writer === undefined ? {} : { keeper: writer };
  const keepers = [...(writer ? [writer] : []), ...(sink ? [new LogKeeper(sink)] : [])];
  const keptPosition = writer?.opened.ring === kernel.ringName ? writer.opened.position : undefined;
  return { keeper: new AllKeepers(keepers), ...(keptPosition !== undefined && { keptPosition }) };
}

/** The history takes whole lines, whatever the log's lines are. */
async function outputWithoutApi(
  { nodeName }: TraceOptions,
  { output }: OpenLog,
  { writer, bootId }: Keeping,
): Promise<EventOutput | undefined> {
  if (writer === undefined) return output;
  const { StreamOutput } = await import("../../stream/streamOutput.ts");
  const formatter = new LogLineFormatter({ node: nodeName ?? hostname(), bootId, maxLineBytes: undefined });
  return new StreamOutput(undefined, formatter, output, writer);
}

/** Loads the API only where it is to listen: its parts take memory. */
async function openPlannedApi(
  plan: ListenPlan,
  { nodeName }: TraceOptions,
  parts: TraceParts & { readonly openedLog: OpenLog; readonly keeping: Keeping },
): Promise<OpenApi | undefined> {
  if (plan.type === "none") return undefined;
  const { openApi } = await import("./openApi.ts");
  try {
    return await openApi({ ...parts, plan, nodeName });
  } catch (error) {
    if (plan.type !== "unix" || plan.required || parts.openedLog.output === undefined) throw error;
    parts.log.warn({ err: error }, "there is no API: nobody can read the stream, and the log goes on");
    return undefined;
  }
}
