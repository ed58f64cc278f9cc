import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { describe, expect, it } from "vitest";

import { quoteForShell } from "../../../../protocol/shellQuote.ts";
import { decodeArguments } from "../../../../tracer-service/decode/decodeArguments.ts";
import { Workspace } from "../../../../tracer-service/identity/workspace.ts";
import { WorkspaceStatistics } from "../../../../tracer-service/stream/workspaceStatistics.ts";
import { fixtureExec, fixtureExit, fixtureLost } from "../output/fixtureEvents.ts";

const jessie = { username: "jessie", workspace_name: "main" };

function setUp(...provided: Workspace[]) {
  const statistics = new WorkspaceStatistics(
    () => provided,
    (ns) => `${String(ns / 1_000_000n)} ms`,
  );
  return { statistics, provided };
}

const exec = (labels = jessie) => fixtureExec({ labels, attribution: "cgroup" });

describe("WorkspaceStatistics", () => {
  it("knows a workspace of the provider before anything ran in it", () => {
    const { statistics } = setUp(new Workspace(jessie, "cgroup", "/workspaces/jessie/main"));
    expect(statistics.states(5)).toEqual([
      {
        ...{ id: expect.stringMatching(/^[0-9a-f]{16}$/) as string, labels: jessie, attribution: "cgroup" },
        ...{ namespace: undefined, pod: undefined, podUid: undefined },
        ...{
          cgroup: "/workspaces/jessie/main",
          activity: "idle",
          why: undefined,
          alive: 0,
          execs: 0,
          lost: 0,
        },
        ...{ rate: 0, lastCommand: undefined, lastExec: undefined, since: "5 ms" },
      },
    ]);
  });

  it("counts processes alive, execs and losses", () => {
    const { statistics } = setUp(new Workspace(jessie, "cgroup", "/w"));
    statistics.running(jessie, undefined, 0);
    statistics.event(exec(), 1, 0);
    statistics.event(exec(), 0, 0);
    statistics.event(fixtureExit({ labels: jessie, attribution: "cgroup" }), -1, 0);
    statistics.event(fixtureLost({ labels: jessie, attribution: "cgroup", count: 37 }), 0, 0);
    expect(statistics.states(0)).toMatchObject([{ alive: 1, execs: 2, lost: 37, activity: "logging" }]);
  });

  it("takes the attribution from the provider, also where a process came first", () => {
    const { statistics } = setUp(new Workspace(jessie, "static"));
    statistics.refresh(0);
    statistics.running(jessie, undefined, 0);
    expect(statistics.states(0)).toMatchObject([{ attribution: "static", alive: 1 }]);
  });

  it("tells each change once", () => {
    const { statistics } = setUp(new Workspace(jessie, "cgroup", "/w"));
    expect(statistics.tick(0).changed).toHaveLength(1);
    expect(statistics.tick(1000).changed).toHaveLength(0);
    statistics.event(exec(), 1, 1000);
    expect(statistics.tick(2000).changed).toMatchObject([{ execs: 1, rate: 0.2, activity: "logging" }]);
    expect(statistics.tick(3000).changed).toHaveLength(0);
  });

  it("lets the rate fall back to 0 and calls a workspace idle after a minute", () => {
    const { statistics } = setUp(new Workspace(jessie, "cgroup", "/w"));
    statistics.event(exec(), 1, 0);
    const changes = Array.from({ length: 61 }, (_, second) => statistics.tick((second + 1) * 1000).changed);
    expect(changes.flat().map(({ rate, activity }) => [rate, activity])).toEqual([
      [0.2, "logging"],
      [0, "logging"],
      [0, "idle"],
    ]);
  });

  it("removes a workspace when it is gone and its last process has ended, and may see it again", () => {
    const { statistics, provided } = setUp(new Workspace(jessie, "cgroup", "/w"));
    statistics.event(exec(), 1, 0);
    const [id] = statistics.tick(0).changed.map((state) => state.id);
    provided.length = 0;
    expect(statistics.tick(1000).removed).toEqual([]);
    statistics.event(fixtureExit({ labels: jessie, attribution: "cgroup" }), -1, 1000);
    expect(statistics.tick(2000).removed).toEqual([{ id, namespace: undefined }]);
    statistics.event(exec(), 1, 3000);
    expect(statistics.tick(3000).changed).toMatchObject([{ id, execs: 1 }]);
  });

  it("gives the same id to the same labels in any order, and takes them for one workspace", () => {
    const turned = { workspace_name: "main", username: "jessie" };
    const { statistics } = setUp(
      new Workspace(jessie, "cgroup", "/w"),
      new Workspace(turned, "cgroup", "/v"),
    );
    expect(statistics.states(0)).toHaveLength(1);
  });

  it("makes no workspace of what is nobody's", () => {
    const { statistics } = setUp();
    statistics.event(fixtureExec({ labels: {}, attribution: "none" }), 1, 0);
    statistics.event(fixtureExec({ labels: {}, attribution: "pending-expired" }), 1, 0);
    statistics.running({}, undefined, 0);
    expect(statistics.states(0)).toEqual([]);
  });

  it.each([
    ["many arguments", ["env", ...Array.from({ length: 4_000 }, (_, i) => `a b=${String(i)}`)]],
    ["empty ones", ["env", ...Array.from({ length: 4_000 }, () => "")]],
    ["single letters", ["x", ...Array.from({ length: 4_000 }, () => "y")]],
    ["one that is long", ["env", "'".repeat(4_000)]],
  ])("shows the beginning of the last command with %s", (_, argv) => {
    const { statistics } = setUp();
    statistics.event(fixtureExec({ labels: jessie, argv }), 1, 0);
    expect(statistics.states(0)[0]?.lastCommand).toBe(quoteForShell(argv).slice(0, 256));
  });

  it("keeps no more of the last command in memory than it shows", () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const { statistics } = setUp();
    const workspaces = 200;
    const args = Buffer.from(`x\0${"an-argument-of-some\0".repeat(1_600)}`);
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < workspaces; i++) {
      const { argv } = decodeArguments(args, Buffer.alloc(0), args.length);
      statistics.event(fixtureExec({ labels: { username: String(i) }, argv }), 1, 0);
    }
    collectGarbage();
    const grown = process.memoryUsage().heapUsed - before;
    expect(statistics.states(0)).toHaveLength(workspaces);
    expect(grown).toBeLessThan(workspaces * 20_000);
  });

  it("cuts the last command", () => {
    const { statistics } = setUp();
    statistics.event({ ...exec(), argv: ["echo", "x".repeat(100_000)] }, 1, 0);
    expect(statistics.states(0)[0]?.lastCommand).toHaveLength(256);
  });

  it("keeps namespaces apart, whatever the labels say, and shows the pod that did something last", () => {
    const pod = (namespace: string, podUid: string) => ({ namespace, pod: `p-${podUid}`, podUid });
    const { statistics } = setUp(
      new Workspace(jessie, "pod", undefined, pod("a", "1")),
      new Workspace(jessie, "pod", undefined, pod("b", "2")),
    );
    const more = { serviceAccount: undefined, container: undefined, image: undefined };
    statistics.event({ ...exec(), attribution: "pod", pod: { ...pod("b", "3"), ...more } }, 1, 0);
    const states = statistics.states(0);
    expect(new Set(states.map(({ id }) => id)).size).toBe(2);
    expect(states).toMatchObject([
      { namespace: "b", pod: "p-3", podUid: "3", execs: 1 },
      { namespace: "a", pod: "p-1", podUid: "1", execs: 0 },
    ]);
    expect(statistics.namespaces).toEqual(["b", "a"]);
  });
});
