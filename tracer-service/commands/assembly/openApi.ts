import { hostname, release } from "node:os";

import type { IdentityProvider } from "../../identity/identityProvider.ts";
import type { KernelTracer } from "../../kernel/kernelTracer.ts";
import { findPressure } from "../../stream/findPressure.ts";
import { readClocks } from "../../kernel/libc.ts";
import { AccessLineFormatter } from "../../output/accessLine.ts";
import { AccessOutput } from "../../output/accessOutput.ts";
import { LogLineFormatter } from "../../output/logLine.ts";
import type { Diagnostics } from "../../diagnostics.ts";
import type { EventOutput } from "../../pipeline/eventOutput.ts";
import type { TraceSession } from "../../pipeline/traceSession.ts";
import type { OpenListener, Served } from "../../api/openListener.ts";
import type { EventCounts } from "../../api/eventCounts.ts";
import type { StreamHub } from "../../stream/streamHub.ts";
import type { ListenPlan } from "./listenPlan.ts";
import type { Keeping } from "./openKeeping.ts";
import type { OpenLog } from "./openLog.ts";

/** What an API needs to know of the service that it belongs to. */
export interface ApiOptions {
  readonly plan: Exclude<ListenPlan, { type: "none" }>;
  readonly nodeName: string | undefined;
  readonly kernel: Pick<KernelTracer, "ring">;
  readonly provider: Pick<IdentityProvider, "workspaces">;
  readonly openedLog: OpenLog;
  readonly log: Diagnostics;
  readonly keeping: Keeping;
}

/** An API that listens, before and while its service traces. */
export interface OpenApi {
  /** Where the session's events are to go: to the stream and to the log. */
  readonly output: EventOutput;
  /** To be called before the first event. */
  readonly begin: TraceSessionListener;
  /** Whether anybody follows the stream. */
  readonly watched: () => boolean;
  /** From now on it answers that the service traces, until the session fails. */
  ready(session: TraceSession): void;
  /** Sends what waits, ends the streams and stops to listen. */
  close(): Promise<void>;
}

type TraceSessionListener = (snapshot: TraceSession["snapshot"]) => void;

/** Loads what `openApi` needs, so that it is there when it is opened. */
export async function loadApi(plan: ApiOptions["plan"]): Promise<void> {
  const listener =
    plan.type === "kubernetes"
      ? import("../../api/openKubernetesApi.ts")
      : import("../../api/openListener.ts");
  await Promise.all([importParts(), listener]);
}

function importParts() {
  return Promise.all([
    import("../../stream/streamHub.ts"),
    import("../../stream/streamOutput.ts"),
    import("../../api/eventCounts.ts"),
    import("../../stream/streamClock.ts"),
    import("../../api/serviceVersion.ts"),
  ]);
}

/** Opens it; what it needs is loaded only now. Rejects with one line where it can't listen. */
export async function openApi(options: ApiOptions): Promise<OpenApi> {
  const [{ StreamHub }, { StreamOutput }, { EventCounts }, { systemClock }, { readServiceVersion }] =
    await importParts();
  const { plan, kernel, provider, openedLog, log, keeping } = options;
  const { run, bootId, numbers, writer, archive } = keeping;
  const node = options.nodeName ?? hostname();
  const formatter = new LogLineFormatter({ node, bootId, maxLineBytes: undefined });
  const serviceVersion = readServiceVersion();
  const hub = new StreamHub({
    node: { node, bootId, kernel: release(), serviceVersion, run },
    formatter,
    workspaces: () => provider.workspaces(),
    dateOfBoot: (bootNs) => bootNs + readClocks().offsetNs,
    clock: systemClock,
    archive,
    recent: writer?.unkept,
    lastSeq: numbers.lastSeq,
    pressure: () => findPressure(openedLog.sink?.blockedMs, writer?.statistics),
  });
  const output = new EventCounts(new StreamOutput(hub, formatter, openedLog.output, writer));
  const state = new ServiceState(hub, output, { kernel, provider, openedLog, serviceVersion, keeping });
  const accessLog = new AccessOutput({
    formatter: new AccessLineFormatter({ node, bootId }),
    ...{ sink: openedLog.lines, log, clock: systemClock },
  });
  const listener = await open(plan, {
    hub,
    log,
    archive,
    accessLog,
    notReady: () => state.notReady(),
    metricsSource: () => state.metrics(),
  });
  return {
    output,
    begin: (snapshot) => {
      hub.start(snapshot);
    },
    watched: () => hub.watched,
    ready: (session) => {
      state.follow(session);
    },
    close: async () => {
      hub.close();
      await listener.close();
      accessLog.close();
      await archive?.close();
    },
  };
}

async function open(plan: ApiOptions["plan"], served: Served): Promise<OpenListener> {
  if (plan.type === "kubernetes") {
    const { openKubernetesApi } = await import("../../api/openKubernetesApi.ts");
    return await openKubernetesApi(plan, served);
  }
  const { openListener } = await import("../../api/openListener.ts");
  return await openListener(plan, served);
}

type Parts = Pick<ApiOptions, "kernel" | "provider" | "openedLog" | "keeping"> & {
  readonly serviceVersion: string;
};

/** What health and metrics tell. */
class ServiceState {
  readonly #hub: StreamHub;
  readonly #counts: EventCounts;
  readonly #parts: Parts;
  readonly #startedSeconds = Date.now() / 1000;
  #session: TraceSession | undefined;
  #failure: Error | undefined;

  constructor(hub: StreamHub, counts: EventCounts, parts: Parts) {
    this.#hub = hub;
    this.#counts = counts;
    this.#parts = parts;
  }

  follow(session: TraceSession): void {
    this.#session = session;
    void session.failure.then((failure) => {
      this.#failure = failure;
    });
  }

  notReady(): string | undefined {
    if (this.#session === undefined) return "tracing has not begun";
    if (this.#failure !== undefined) return `tracing has failed: ${this.#failure.message}`;
    if (this.#parts.openedLog.sink?.saturated === true) {
      return "the log can't be written: events wait in the kernel's ring buffer, and are lost when it is full";
    }
    return undefined;
  }

  metrics() {
    const { kernel, provider, openedLog, serviceVersion, keeping } = this.#parts;
    const { sink } = openedLog;
    return {
      serviceVersion,
      kernel: release(),
      ready: this.notReady() === undefined,
      startedSeconds: this.#startedSeconds,
      trace: this.#session?.statistics ?? {
        events: 0,
        outside: 0,
        undecodable: 0,
        unattributed: 0,
        pending: 0,
        pendingBytes: 0,
        pendingExpired: 0,
        missing: 0,
        redacted: 0,
        unexamined: 0,
        ringPeakBytes: 0,
      },
      hub: this.#hub.statistics,
      lost: this.#counts.lost,
      workspaces: provider.workspaces().length,
      ring: { pendingBytes: kernel.ring.pendingBytes, sizeBytes: kernel.ring.sizeBytes },
      history: keeping.writer?.statistics,
      log: sink && {
        ...sink.statistics,
        pendingBytes: sink.pendingBytes,
        blockedNowMs: sink.blockedMs,
        saturated: sink.saturated,
      },
    };
  }
}
