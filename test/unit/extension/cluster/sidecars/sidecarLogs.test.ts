import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ClusterInventory } from "../../../../../extension/cluster/inventory/clusterInventory.ts";
import type { ClusterPod } from "../../../../../extension/cluster/inventory/clusterPod.ts";
import { SidecarLogs } from "../../../../../extension/cluster/sidecars/sidecarLogs.ts";
import type { EventSink } from "../../../../../extension/source/eventSource.ts";
import type { GapMessage } from "../../../../../protocol/stream.ts";
import { FakeClock } from "../../fakeClock.ts";
import { FakeApiServer, turn } from "../fakeApiServer.ts";
import { tracerPod, workspacePod } from "../fixtureObjects.ts";

const ALL = { usernames: [], workspaces: [] };
const CONTAINERS = [{ name: "dev" }, { name: "exectrace", image: "exectrace:1" }];

function line(second: number, command: string): string {
  const ts = `2026-01-02T03:04:0${String(second)}.5Z`;
  const event = {
    filename: `/bin/${command}`,
    argv: [command],
    truncated: false,
    pid: 7,
    uid: 0,
    gid: 0,
    comm: "sh",
  };
  return `${ts} ${JSON.stringify({ ts, level: "INFO", msg: "exec", fields: { labels: {}, cmdline: command, event } })}\n`;
}

describe("SidecarLogs", () => {
  let api: FakeApiServer;
  let clock: FakeClock;
  let inventory: ClusterInventory;
  let commands: string[];
  let gaps: GapMessage[];
  let room: (() => void) | undefined;
  let busy: boolean;
  let logs: SidecarLogs | undefined;

  const sink: EventSink = {
    events: (lines) => {
      for (const each of Buffer.from(lines).toString().trim().split("\n")) {
        commands.push((JSON.parse(each) as { fields: { cmdline: string } }).fields.cmdline);
      }
      return new Promise((resolve) => {
        if (busy) room = resolve;
        else resolve();
      });
    },
    gap: (gap) => gaps.push(gap),
  };

  async function open(...pods: readonly ClusterPod[]): Promise<SidecarLogs> {
    inventory.applyPods("", { all: true, changed: pods, removed: [] });
    logs = new SidecarLogs(ALL, {
      ...{ api, inventory, sink, clock },
      onEvent: () => undefined,
      log: () => undefined,
      onDispose: () => undefined,
    });
    await turn();
    return logs;
  }

  function followed(): readonly string[] {
    return api.requests.map(({ path }) => path.split("/").at(-2) ?? "");
  }

  beforeEach(() => {
    api = new FakeApiServer();
    clock = new FakeClock();
    inventory = new ClusterInventory();
    commands = [];
    gaps = [];
    room = undefined;
    busy = false;
  });

  afterEach(() => logs?.dispose());

  it("follows the sidecars of workspaces in view, also beside a tracer, which leaves them their pods", async () => {
    const opened = await open(
      workspacePod({ uid: "1", node: "n1", user: "jessie", containers: CONTAINERS }),
      workspacePod({ uid: "2", node: "n1", user: "amy", containers: CONTAINERS }),
      workspacePod({ uid: "3", node: "n1", user: "amy" }),
      workspacePod({ uid: "4", node: "n2", user: "amy", containers: CONTAINERS }),
      tracerPod("t", "n2"),
    );
    expect(followed()).toEqual(["pod-1", "pod-2", "pod-4"]);
    opened.setFilter({ ...ALL, usernames: ["amy"] });
    expect(api.streams[0]?.destroyed).toBe(true);
    expect(api.streams[1]?.destroyed).toBe(false);
    inventory.applyPods("", { all: false, changed: [], removed: ["2"] });
    opened.update();
    expect(api.streams[1]?.destroyed).toBe(true);
  });

  it("reads on after a lost connection, without doubles, and tells of a gap", async () => {
    await open(workspacePod({ uid: "1", node: "n1", containers: CONTAINERS }));
    expect(api.requests[0]?.query).toMatchObject({
      container: "exectrace",
      follow: "true",
      tailLines: "5000",
    });
    api.last.write(line(1, "a") + line(2, "b"));
    await turn();
    api.last.destroy(new Error("reset"));
    await turn();
    clock.advance(1_000);
    await turn();
    expect(api.requests[1]?.query).toMatchObject({ sinceTime: "2026-01-02T03:04:02Z" });
    api.last.write(line(2, "b") + line(3, "c"));
    await turn();
    expect(commands).toEqual(["a", "b", "c"]);
    expect(gaps).toEqual([]);

    api.last.end();
    await turn();
    clock.advance(60_000);
    await turn();
    api.last.write(line(5, "e"));
    await turn();
    expect(commands.at(-1)).toBe("e");
    expect(gaps).toMatchObject([
      {
        reason: "rotated",
        events: undefined,
        firstTs: "2026-01-02T03:04:03.500Z",
        lastTs: "2026-01-02T03:04:05.5Z",
      },
    ]);
  });

  it("reads no more while the view is busy", async () => {
    busy = true;
    await open(workspacePod({ uid: "1", node: "n1", containers: CONTAINERS }));
    api.last.write(line(1, "a"));
    await turn();
    api.last.write(line(2, "b"));
    await turn();
    expect(commands).toEqual(["a"]);
    busy = false;
    room?.();
    await turn();
    expect(commands).toEqual(["a", "b"]);
  });

  it("counts lines that are no events", async () => {
    const opened = await open(workspacePod({ uid: "1", node: "n1", containers: CONTAINERS }));
    api.last.write("2026-01-02T03:04:05Z listening\n");
    await turn();
    expect(opened.otherLines).toBe(1);
  });

  it("follows a bounded number", async () => {
    await open(
      ...Array.from({ length: 60 }, (_, index) =>
        workspacePod({ uid: String(index), node: "n1", containers: CONTAINERS }),
      ),
    );
    expect(followed()).toHaveLength(50);
  });
});
