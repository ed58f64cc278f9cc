import { LogLineFormatter } from "../../tracer-service/output/logLine.ts";
import { Workspace } from "../../tracer-service/identity/workspace.ts";
import { systemClock } from "../../tracer-service/stream/streamClock.ts";
import { StreamHub } from "../../tracer-service/stream/streamHub.ts";
import { anExec, anExit } from "./events.ts";

const EVENTS = 200_000;
const ROUNDS = 3;

/** What an event costs the service besides its line of the log: a table on stdout. */
async function main(): Promise<void> {
  const formatter = new LogLineFormatter({ node: "node-a", bootId: "boot", maxLineBytes: undefined });
  process.stdout.write(
    `${String(EVENTS)} events, execs and exits; ns of CPU an event, least of ${String(ROUNDS)}\n`,
  );
  const rows: Record<string, Record<string, number>> = {};
  rows["line only"] = { "ns an event": await least(() => formatOnly(formatter)) };
  for (const clients of [0, 1, 4]) {
    const rssMiB: number[] = [];
    const ns = await least(async () => {
      globalThis.gc?.();
      const before = process.memoryUsage.rss();
      const spent = await feed(formatter, clients);
      rssMiB.push((process.memoryUsage.rss() - before) / 1_048_576);
      return spent;
    });
    rows[`line and stream, ${String(clients)} clients`] = {
      "ns an event": ns,
      "MiB more RSS": Math.round(rssMiB[0] ?? 0),
    };
  }
  console.table(rows);
}

async function least(run: () => Promise<number>): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) best = Math.min(best, await run());
  return Math.round(best);
}

async function formatOnly(formatter: LogLineFormatter): Promise<number> {
  return await measure((event) => formatter.format(event));
}

async function feed(formatter: LogLineFormatter, clients: number): Promise<number> {
  const workspaces = Array.from({ length: 20 }, (_, index) => anExec(index).labels).map(
    (labels) => new Workspace(labels, "cgroup", `/workspaces/${labels["username"] ?? ""}/main`),
  );
  const hub = new StreamHub({
    node: { node: "node-a", bootId: "boot", kernel: "6", serviceVersion: "0", run: "r" },
    ...{ formatter, workspaces: () => workspaces, dateOfBoot: (ns: bigint) => ns, clock: systemClock },
  });
  for (let index = 0; index < clients; index++) {
    const transport = { bufferedBytes: 0, send: () => undefined, close: () => undefined };
    const filter = { usernames: [], workspaces: [] };
    hub.connect(transport).receive(JSON.stringify({ type: "subscribe", filter }));
  }
  const ns = await measure((event) => {
    hub.write(event);
  });
  hub.close();
  return ns;
}

/** In turns, as the service drains its ring, so that timers and other threads get theirs. */
async function measure(
  take: (event: ReturnType<typeof anExec> | ReturnType<typeof anExit>) => void,
): Promise<number> {
  let spentUs = 0;
  for (let first = 0; first < EVENTS; first += 500) {
    const events = Array.from({ length: 500 }, (_, index) => {
      const number = first + index;
      return number % 2 === 0 ? anExec(number) : anExit(number);
    });
    const before = process.cpuUsage();
    for (const event of events) take(event);
    await new Promise((resolve) => setImmediate(resolve));
    const { user, system } = process.cpuUsage(before);
    spentUs += user + system;
  }
  return (spentUs * 1000) / EVENTS;
}

await main();
