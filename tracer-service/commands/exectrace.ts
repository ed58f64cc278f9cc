import { CgroupTree } from "../cgroup/cgroupTree.ts";
import { findOwnPod } from "../cgroup/ownPod.ts";
import { openDiagnostics } from "../diagnostics.ts";
import type { KernelRecord } from "../decode/kernelRecord.ts";
import { parseDuration } from "../exectrace/duration.ts";
import { ExectraceSession } from "../exectrace/exectraceSession.ts";
import { parseInitAddress } from "../exectrace/initAddress.ts";
import { openInitListener } from "../exectrace/initListener.ts";
import { KernelFollower, LOOK_INTERVAL_MS } from "../exectrace/kernelFollower.ts";
import { parseLabelFlags } from "../exectrace/labelFlag.ts";
import { readOwnPidNamespace } from "../exectrace/pidNamespace.ts";
import { StaticProvider } from "../identity/staticProvider.ts";
import { Workspace } from "../identity/workspace.ts";
import { constants } from "../kernel/layout.ts";
import { keepHeapSmall } from "../kernel/processMemory.ts";
import type { ListenOptions } from "./options/listenOptions.ts";
import { planListening } from "./assembly/listenPlan.ts";
import { openKernel } from "./assembly/openKernel.ts";
import { openTrace } from "./assembly/openTrace.ts";
import { endOnSignals, type Ending } from "./assembly/ending.ts";
import { serve } from "./assembly/serve.ts";
import { captureOwnPod } from "./assembly/staticScope.ts";
import type { TraceOptions } from "./options/traceOptions.ts";

/** The flags of `tracer-service exectrace`. */
export interface ExectraceOptions extends TraceOptions, ListenOptions {
  readonly label: readonly string[] | undefined;
  readonly initAddress: string;
  readonly startupTimeout: string;
  readonly useLocalPidns: boolean;
}

/** Waits to be told the workspace's PID namespace and logs it, until it is told to stop. Returns the exit status. */
export async function exectrace(options: ExectraceOptions): Promise<number> {
  const labels = parseLabelFlags(options.label ?? []);
  const address = parseInitAddress(options.initAddress);
  const timeoutMs = parseDuration(options.startupTimeout);
  const ownNamespace = options.useLocalPidns ? readOwnPidNamespace() : undefined;
  const plan = planListening(options, false, process.geteuid?.() ?? 0);
  const log = openDiagnostics();
  const ending = endOnSignals();
  keepHeapSmall();
  const { kernel, hierarchies } = openKernel(options, { followPidNamespaces: true, findSelf: true });
  try {
    const tree = new CgroupTree(hierarchies.visible);
    const follower = new KernelFollower(kernel, constants.FIRST_OWNER);
    const ownPod = ownNamespace === undefined ? findOwnPod(kernel.locateSelf()) : undefined;
    const provider = new StaticProvider(new Workspace(labels, "static"), tree, kernel, (scope, owner) => {
      if (ownNamespace !== undefined) kernel.followNamespace(ownNamespace, owner);
      if (ownPod !== undefined) captureOwnPod(ownPod, tree, scope, owner);
      return [];
    });
    const onRecord = (record: KernelRecord): void => {
      follower.see(record);
    };
    const trace = await openTrace(options, { kernel, provider, log, ending, plan, onRecord });
    if (ownNamespace !== undefined) {
      log.info({ pidNamespace: ownNamespace }, "logging the PID namespace and all nested in it");
    }
    const handshake =
      ownNamespace === undefined
        ? new ExectraceSession(follower, (receiver) => openInitListener(address, receiver), systemClock, log)
        : undefined;
    const failure = handshake && endWhenItFails(handshake.run(timeoutMs), ending);
    const looking = setInterval(() => {
      follower.look();
    }, LOOK_INTERVAL_MS);
    const status = await serve(trace, log, ending);
    clearInterval(looking);
    handshake?.stop();
    const error = await failure;
    if (error !== undefined) throw error;
    return status;
  } finally {
    kernel.close();
  }
}

/** Resolves with what the handshake failed of, if it did. */
async function endWhenItFails(handshake: Promise<void>, ending: Ending): Promise<Error | undefined> {
  try {
    await handshake;
    return undefined;
  } catch (error) {
    ending.end(1);
    return error instanceof Error ? error : new Error(String(error));
  }
}

const systemClock = {
  after(delayMs: number, callback: () => void): () => void {
    const timer = setTimeout(callback, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};
