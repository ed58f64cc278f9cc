import type { TracerEvent } from "../../../protocol/events.ts";
import type { AccessRecord, RefusedAccess } from "../../../tracer-service/access/accessRecord.ts";
import { openKubernetesApi, type KubernetesTarget } from "../../../tracer-service/api/openKubernetesApi.ts";
import type { OpenListener } from "../../../tracer-service/api/openListener.ts";
import { HistoryArchive } from "../../../tracer-service/history/historyArchive.ts";
import { HistoryWriter } from "../../../tracer-service/history/historyWriter.ts";
import { historyFile } from "../../../tracer-service/history/openHistory.ts";
import { Workspace } from "../../../tracer-service/identity/workspace.ts";
import { AccessLineFormatter } from "../../../tracer-service/output/accessLine.ts";
import { AccessOutput } from "../../../tracer-service/output/accessOutput.ts";
import { LogLineFormatter } from "../../../tracer-service/output/logLine.ts";
import { StreamHub } from "../../../tracer-service/stream/streamHub.ts";
import { systemClock } from "../../../tracer-service/stream/streamClock.ts";
import { fixtureExec, fixtureLost } from "../../unit/tracer-service/output/fixtureEvents.ts";

const place = (namespace: string) => ({
  ...{ namespace, pod: "main", podUid: `uid-${namespace}`, serviceAccount: "default" },
  ...{ container: "dev", image: "x" },
});

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The service's API of a node on which a test says what happens; who may read it is decided by the real API server. */
export class ServedEvents {
  readonly records: AccessRecord[] = [];
  readonly refused: RefusedAccess[] = [];
  /** Lines of the log that tell of refusals. */
  readonly refusalLines: string[] = [];
  readonly hub: StreamHub;
  readonly #said: string[] = [];
  readonly #workspaces: Workspace[] = [];
  readonly #formatter = new LogLineFormatter({ node: "node-1", bootId: "boot", maxLineBytes: undefined });
  readonly #writer: HistoryWriter;
  readonly #archive: HistoryArchive;
  readonly #accessLog = new AccessOutput({
    formatter: new AccessLineFormatter({ node: "node-1", bootId: "boot" }),
    sink: { saturated: false, write: (line) => void this.refusalLines.push(line) },
    log: silent,
    clock: systemClock,
  });
  #listener: OpenListener | undefined;
  #seq = 0;

  private constructor(stateDirectory: string, writer: HistoryWriter) {
    this.#writer = writer;
    this.#archive = new HistoryArchive(historyFile(stateDirectory), writer);
    this.hub = new StreamHub({
      node: { node: "node-1", bootId: "boot", kernel: "6", serviceVersion: "0", run: "run" },
      formatter: this.#formatter,
      workspaces: () => this.#workspaces,
      dateOfBoot: (ns) => ns,
      clock: systemClock,
      archive: this.#archive,
      lastSeq: undefined,
    });
  }

  /** The history lies in `stateDirectory`, which must be empty. */
  static async start(access: KubernetesTarget["access"], stateDirectory: string): Promise<ServedEvents> {
    const writer = await HistoryWriter.open({
      ...{ directory: stateDirectory, run: "run", bootId: "boot", ring: "run", log: silent },
      limits: { maxBytes: 1 << 26, maxAgeNs: 1n << 62n },
    });
    if (writer === undefined) throw new Error("there is no history");
    const served = new ServedEvents(stateDirectory, writer);
    const say = (fields: object, message: string): void => {
      served.#said.push(JSON.stringify({ ...fields, message }));
    };
    served.#listener = await openKubernetesApi(
      { host: "127.0.0.1", port: 0, access },
      {
        hub: served.hub,
        archive: served.#archive,
        log: { info: say, warn: say, error: say },
        accessLog: {
          write: (record) => void served.records.push(record),
          refuse: (refused) => {
            served.refused.push(refused);
            served.#accessLog.refuse(refused);
          },
        },
        notReady: () => undefined,
        metricsSource: () => ({
          ...{ serviceVersion: "0", kernel: "6", ready: true, startedSeconds: 0, lost: [], workspaces: 0 },
          trace: {
            ...{ events: 0, outside: 0, undecodable: 0, unattributed: 0, missing: 0, ringPeakBytes: 0 },
            ...{ pending: 0, pendingBytes: 0, pendingExpired: 0, redacted: 0, unexamined: 0 },
          },
          hub: served.hub.statistics,
          ring: { pendingBytes: 0, sizeBytes: 0 },
          log: undefined,
          history: undefined,
        }),
      },
    );
    return served;
  }

  /** The port of the API, or of the metrics. */
  port(of: "API" | "metrics"): number {
    const verb = of === "API" ? "the API listens" : "the metrics listen";
    const told = this.#said.map(
      (each) => JSON.parse(each) as { readonly port?: number; readonly message: string },
    );
    return told.find(({ message }) => message === verb)?.port ?? 0;
  }

  get said(): string {
    return this.#said.join("\n");
  }

  addWorkspace(namespace: string, username: string): void {
    const labels = { username, workspace_name: "main" };
    this.#workspaces.push(new Workspace(labels, "pod", undefined, place(namespace)));
  }

  /** A program runs; of no namespace where it is undefined. */
  exec(namespace: string | undefined, argument: string): void {
    const seq = ++this.#seq;
    this.#write(
      fixtureExec({
        ...{ seq, timeNs: BigInt(Date.now()) * 1_000_000n, argv: ["run", argument] },
        ...{ id: `${String(seq)}.1.1`, parentId: undefined, ...this.#owner(namespace) },
      }),
    );
  }

  /** Events are lost. */
  lose(namespace: string | undefined, count: number): void {
    const timeNs = BigInt(Date.now()) * 1_000_000n;
    this.#write(fixtureLost({ seq: ++this.#seq, timeNs, count, ...this.#owner(namespace) }));
  }

  async close(): Promise<void> {
    this.hub.close();
    await this.#listener?.close();
    this.#accessLog.close();
    await this.#archive.close();
    await this.#writer.close();
  }

  #write(event: TracerEvent): void {
    const line = this.#formatter.format(event);
    this.#writer.write(event, line);
    this.hub.write(event, line);
  }

  #owner(namespace: string | undefined) {
    if (namespace === undefined) return { labels: {}, attribution: "none", pod: undefined } as const;
    const labels = this.#workspaces.find(({ pod }) => pod?.namespace === namespace)?.labels ?? {};
    return { labels, attribution: "pod", pod: place(namespace) } as const;
  }
}
