import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Labels, TracerEvent } from "../../../../protocol/events.ts";
import { HistoryBatchBuilder, type HistoryBatch } from "../../../../tracer-service/history/historyBatch.ts";
import { HistoryReader, type HistoryQuery } from "../../../../tracer-service/history/historyReader.ts";
import { HistoryStore, type HistoryStoreOptions } from "../../../../tracer-service/history/historyStore.ts";
import { historyFile } from "../../../../tracer-service/history/openHistory.ts";
import { LogLineFormatter } from "../../../../tracer-service/output/logLine.ts";
import { fixtureExec, fixtureExit } from "../output/fixtureEvents.ts";

const formatter = new LogLineFormatter({ node: "n", bootId: "b", maxLineBytes: undefined });
const labelsOf = new Map<string, Labels>();

/** What is to be known of an event; the rest is the fixture's. */
export interface Happened {
  readonly seq: number;
  readonly user?: string;
  /** `main` if it is left out. */
  readonly workspace?: string;
  readonly argv?: readonly string[];
  readonly timeNs?: bigint;
  readonly exit?: boolean;
  readonly namespace?: string;
}

export function historyEvent({
  seq,
  user = "jessie",
  workspace = "main",
  argv,
  timeNs,
  exit = false,
  namespace,
}: Happened): TracerEvent {
  const name = `${user}/${workspace}`;
  let labels = labelsOf.get(name);
  if (labels === undefined) labelsOf.set(name, (labels = { username: user, workspace_name: workspace }));
  const unknown = { serviceAccount: undefined, container: undefined, image: undefined };
  const pod = namespace === undefined ? undefined : { namespace, pod: "p", podUid: "u", ...unknown };
  const common = { seq, labels, pod, timeNs: timeNs ?? BigInt(seq) * 1_000_000_000n };
  return exit ? fixtureExit(common) : fixtureExec({ ...common, argv: argv ?? ["echo", String(seq)] });
}

export function lineOf(happened: Happened): string {
  return formatter.format(historyEvent(happened));
}

/** A batch of these events, which follow each other. */
export function batchOf(
  events: readonly Happened[],
  ring = "r",
  position = BigInt(events.at(-1)?.seq ?? 0),
): HistoryBatch {
  const builder = new HistoryBatchBuilder();
  for (const each of events) builder.add(historyEvent(each), lineOf(each));
  return builder.take(ring, position);
}

/** Events of consecutive numbers. */
export function events(first: number, last: number, user?: string): Happened[] {
  return Array.from({ length: last - first + 1 }, (_, index) => ({
    seq: first + index,
    ...(user && { user }),
  }));
}

/** A state directory of a test's own, and the stores and readers that it opened on it. */
export class HistoryFixture {
  readonly directory = mkdtempSync(join(tmpdir(), "wpl-history-"));
  nowNs = 1_000_000_000n;
  readonly #open: { close(): void }[] = [];
  #runs = 0;

  get file(): string {
    return historyFile(this.directory);
  }

  store(
    limits: { readonly maxBytes?: number; readonly maxAgeNs?: bigint } = {},
    numbers?: HistoryStoreOptions["numbers"],
  ): HistoryStore {
    return HistoryStore.open({
      directory: this.directory,
      run: `run-${String(++this.#runs)}`,
      bootId: "boot",
      limits: { maxBytes: 1_073_741_824, maxAgeNs: 1_000_000_000_000_000n, ...limits },
      ...(numbers && { numbers }),
      nowNs: () => this.nowNs,
    });
  }

  reader(): HistoryReader {
    const reader = new HistoryReader(this.file);
    this.#open.push(reader);
    return reader;
  }

  close(): void {
    for (const each of this.#open) each.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A query for everything, oldest first. */
export const EVERYTHING: HistoryQuery = {
  ...{ workspaces: undefined, sinceNs: undefined, untilNs: undefined, pattern: undefined },
  ...{ after: 0, before: Number.MAX_SAFE_INTEGER, order: "oldest" },
};
