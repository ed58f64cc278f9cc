import { HistoryBatchBuilder } from "../../../tracer-service/history/historyBatch.ts";
import { HistoryStore } from "../../../tracer-service/history/historyStore.ts";
import { LogLineFormatter } from "../../../tracer-service/output/logLine.ts";
import { fixtureExec } from "../../unit/tracer-service/output/fixtureEvents.ts";

/** A program that ran before the service that is about to start. */
export interface EarlierProgram {
  readonly argv: readonly string[];
  readonly minutesAgo: number;
}

/** Writes the history of an earlier service: what ran in `jessie/main`, oldest first. */
export function writeEarlierHistory(directory: string, programs: readonly EarlierProgram[]): void {
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const store = HistoryStore.open({
    directory,
    ...{ run: "earlier", bootId: "earlier" },
    limits: { maxBytes: 1_073_741_824, maxAgeNs: 30n * 86_400_000_000_000n },
    nowNs: () => nowNs,
  });
  const formatter = new LogLineFormatter({ node: "node-a", bootId: "earlier", maxLineBytes: undefined });
  for (const [index, { argv, minutesAgo }] of programs.entries()) {
    const exe = `/usr/bin/${argv[0] ?? ""}`;
    const event = fixtureExec({
      ...{ exe, filename: exe },
      seq: index + 1,
      ...{ id: `${index + 100}.1.1`, pid: index + 100, parentId: undefined, lineage: "root" },
      timeNs: nowNs - BigInt(minutesAgo) * 60_000_000_000n,
      argv,
    });
    // A commit each: they are long apart.
    const builder = new HistoryBatchBuilder();
    builder.add(event, formatter.format(event));
    store.append(builder.take("earlier", BigInt(index + 1)), "slow");
  }
  store.close();
}
