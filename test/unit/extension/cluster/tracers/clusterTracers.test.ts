import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ClusterSource } from "../../../../../extension/cluster/clusterSource.ts";
import { ClusterTracers, whyNoTracer } from "../../../../../extension/cluster/tracers/clusterTracers.ts";
import type { Json } from "../../../../../extension/cluster/api/json.ts";
import { nodeTracerId } from "../../../../../extension/cluster/tracers/nodeTracer.ts";
import type { ViewFilterState } from "../../../../../extension/filter/viewFilterState.ts";
import { SourceRegistry } from "../../../../../extension/source/sourceRegistry.ts";
import { FakeClock } from "../../fakeClock.ts";
import { fakeFilterState } from "../../fakeFilterState.ts";
import { FakeTracer } from "../../source/fakeTracer.ts";
import { frame, hello, nodeState } from "../../source/fixtureStream.ts";
import { FakeApiServer, turn } from "../fakeApiServer.ts";
import { nodeObject, podObject, workspaceLabels } from "../fixtureObjects.ts";

function tracer(uid: string, node: string, ready = true, args: readonly string[] = ["run"]): Json {
  return podObject({
    uid,
    node,
    namespace: "process-logging",
    labels: { "app.kubernetes.io/name": "tracer" },
    containers: [{ name: "exectrace", image: "tracer:1", args }],
    ...(ready ? {} : { phase: "Pending" }),
  });
}

function event(type: string, object: Json): string {
  return `${JSON.stringify({ type, object })}\n`;
}

describe("ClusterTracers", () => {
  let api: FakeApiServer;
  let clock: FakeClock;
  let sources: SourceRegistry;
  let filter: ViewFilterState;
  let cluster: ClusterSource;
  let tracers: ClusterTracers;
  let nodes: Map<string, FakeTracer>;

  beforeEach(async () => {
    api = new FakeApiServer();
    clock = new FakeClock();
    sources = new SourceRegistry();
    filter = fakeFilterState();
    nodes = new Map();
    const pods = [
      podObject({ uid: "1", node: "n1", labels: workspaceLabels("jessie", "main") }),
      podObject({ uid: "2", node: "n2", labels: workspaceLabels("amy", "docs") }),
      podObject({ uid: "3", node: "n3", labels: workspaceLabels("zoe", "docs") }),
      tracer("t1", "n1"),
      tracer("t2", "n2"),
      tracer("t4", "n4"),
    ];
    api.answer("GET /api/v1/pods", () => ({ metadata: { resourceVersion: "1" }, items: pods }));
    api.answer("GET /api/v1/nodes", () => ({
      metadata: { resourceVersion: "1" },
      items: [nodeObject("n1")],
    }));
    const log = (): undefined => undefined;
    cluster = new ClusterSource({ context: "c", server: "https://x", api, namespaces: [], clock, log });
    sources.add(cluster);
    tracers = new ClusterTracers({
      ...{ cluster, sources, filter, clock, log },
      open: (node) => {
        const fake = new FakeTracer();
        nodes.set(node, fake);
        return fake.open;
      },
    });
    await turn();
    clock.advance(500);
    await turn();
  });

  afterEach(() => {
    tracers.dispose();
    sources.dispose();
  });

  function open(): readonly string[] {
    return sources.all.filter(({ clusterId }) => clusterId !== undefined).map(({ name }) => name);
  }

  /** The stream of the pods' watch: it was asked for first. */
  async function say(...lines: readonly string[]): Promise<void> {
    clock.advance(500);
    api.streams[0]?.write(lines.join(""));
    await turn();
  }

  it("reads the nodes that have both a tracer and a workspace in view", () => {
    expect(open()).toEqual(["n1", "n2"]);
    expect(cluster.unreadNodes).toBe(0);
  });

  it("follows the filter", () => {
    filter.set({ usernames: ["amy"] });
    expect(open()).toEqual(["n2"]);
    filter.set({ usernames: [] });
    expect(open()).toEqual(["n2", "n1"]);
  });

  it("follows pods to their nodes", async () => {
    await say(event("DELETED", podObject({ uid: "1", node: "n1" })));
    expect(open()).toEqual(["n2"]);
    await say(event("ADDED", tracer("t3", "n3")));
    expect(open()).toEqual(["n2", "n3"]);
  });

  it("reads a node without workspaces in view where its tracer was told what a workspace is", async () => {
    await say(event("MODIFIED", tracer("t4", "n4", true, ["run", "--capture-namespace=team-b"])));
    expect(open()).toEqual(["n1", "n2", "n4"]);
    filter.set({ usernames: ["amy"] });
    expect(open()).toEqual(["n2", "n4"]);
    await say(event("MODIFIED", tracer("t4", "n4")));
    expect(open()).toEqual(["n2"]);
  });

  it("looks at changes that follow each other quickly together, the first at once", async () => {
    await say(event("ADDED", tracer("t3", "n3")));
    expect(open()).toEqual(["n1", "n2", "n3"]);
    api.streams[0]?.write(event("DELETED", podObject({ uid: "1", node: "n1" })));
    await turn();
    api.streams[0]?.write(event("DELETED", podObject({ uid: "2", node: "n2" })));
    await turn();
    expect(open()).toEqual(["n1", "n2", "n3"]);
    clock.advance(500);
    expect(open()).toEqual(["n3"]);
  });

  it("stays with a node whose tracer is replaced, and tries at once when it is back", async () => {
    const before = sources.all.find(({ id }) => id === nodeTracerId("cluster:c", "n1"));
    await say(event("DELETED", tracer("t1", "n1")));
    nodes.get("n1")?.last.lose();
    expect(before?.state.type).toBe("disconnected");
    expect(whyNoTracer(cluster, "n1")?.message).toBe("no tracer runs on node n1");
    const tries = nodes.get("n1")?.connections.length ?? 0;
    await say(event("ADDED", tracer("t9", "n1")));
    expect(nodes.get("n1")?.connections.length).toBe(tries + 1);
    expect(sources.all).toContain(before);
    expect(whyNoTracer(cluster, "n1")).toBeUndefined();
  });

  it("passes on of which namespaces a tracer shows something, for as long as it is connected", () => {
    const warning = () => cluster.workspaces.get("1")?.warning;
    nodes.get("n1")?.last.say(frame(hello({ sees: ["team-b"] })));
    expect(warning()).toContain("nothing of namespace team-a");
    nodes.get("n1")?.last.say(frame({ type: "node", node: nodeState({ sees: ["team-a"] }) }));
    expect(warning()).toBeUndefined();
    nodes.get("n1")?.last.say(frame({ type: "node", node: nodeState({ sees: [] }) }));
    expect(warning()).toBeDefined();
    nodes.get("n1")?.last.lose();
    expect(warning()).toBeUndefined();
  });

  it("takes its sources away with the cluster", () => {
    tracers.dispose();
    expect(open()).toEqual([]);
  });
});
