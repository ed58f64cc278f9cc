import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ApiError, refusal } from "../../../../extension/cluster/api/apiError.ts";
import { ClusterSource } from "../../../../extension/cluster/clusterSource.ts";
import type { Json } from "../../../../extension/cluster/api/json.ts";
import type { WorkspacesChange } from "../../../../extension/source/eventSource.ts";
import { setTexts } from "../../../../protocol/text/translate.ts";
import { FakeClock } from "../fakeClock.ts";
import { workspaceState } from "../source/fixtureStream.ts";
import { FakeApiServer, turn } from "./fakeApiServer.ts";
import { deploymentObject, nodeObject, ownedPod, podObject, workspaceLabels } from "./fixtureObjects.ts";

const TRACER = podObject({
  uid: "t",
  node: "n1",
  namespace: "process-logging",
  labels: { "app.kubernetes.io/name": "tracer" },
  containers: [{ name: "exectrace", image: "tracer:1" }],
});
const JESSIE = podObject({
  uid: "1",
  node: "n1",
  name: "jessie-main",
  labels: workspaceLabels("jessie", "main"),
});
const AMY = podObject({ uid: "2", node: "n2", labels: workspaceLabels("amy", "docs") });

function list(...items: readonly Json[]): () => Json {
  return () => ({ metadata: { resourceVersion: "1" }, items });
}

function forbidden(): never {
  throw new ApiError(() => "the API server says: pods is forbidden", 403, "Forbidden");
}

describe("ClusterSource", () => {
  let api: FakeApiServer;
  let clock: FakeClock;
  let cluster: ClusterSource | undefined;
  let told: WorkspacesChange[];
  let log: string[];

  async function open(namespaces: readonly string[] = []): Promise<ClusterSource> {
    const source = new ClusterSource({
      context: "prod",
      server: "https://one.example",
      api,
      namespaces,
      clock,
      log: (message) => log.push(message),
    });
    cluster = source;
    source.onDidChangeWorkspaces((change) => told.push(change));
    await turn();
    return source;
  }

  beforeEach(() => {
    api = new FakeApiServer();
    clock = new FakeClock();
    told = [];
    log = [];
    api.answer("GET /api/v1/pods", list(JESSIE, AMY, TRACER));
    api.answer("GET /api/v1/nodes", list(nodeObject("n1"), nodeObject("n2", "5.4.0")));
  });

  afterEach(() => cluster?.dispose());

  it("says in the reader's language why it can't be read, and logs it in English", async () => {
    setTexts({ "the API server says: {0}": "der API-Server sagt: {0}" });
    api.answer("GET /api/v1/pods", () => {
      throw refusal(403, '{"message":"pods is forbidden"}');
    });
    const source = await open();
    setTexts({});
    expect(source.state).toMatchObject({ why: "der API-Server sagt: pods is forbidden" });
    expect(log).toEqual(["cluster prod: the API server says: pods is forbidden"]);
  });

  it("shows each workspace with who logs it, or why nobody does", async () => {
    const { workspaces, state, listed } = await open();
    expect(state).toEqual({ type: "connected" });
    expect(listed).toBe(true);
    expect(workspaces.get("1")).toMatchObject({
      labels: { username: "jessie" },
      activity: "idle",
      ...{ namespace: "team-a", pod: "jessie-main", podUid: "1" },
      place: { node: "n1", loggedBy: "tracer" },
    });
    expect(workspaces.get("2")).toMatchObject({
      activity: "not_logged",
      why: "kernel 5.4.0 of node n2 is older than 5.8",
    });
    expect(workspaces.size).toBe(2);
  });

  it("keeps one watch each for pods and nodes", async () => {
    await open();
    expect(api.streams).toHaveLength(2);
  });

  it("shows a pod that only its Deployment makes a workspace, before any tracer is read", async () => {
    const pod = ownedPod({ uid: "3", node: "n3" }, "dev");
    api.answer("GET /api/v1/pods", list(JESSIE, pod));
    api.answer(
      "GET /apis/apps/v1/deployments",
      list(deploymentObject("dev", workspaceLabels("robin", "main"))),
    );
    const source = await open();
    expect(source.listed).toBe(true);
    expect(source.workspaces.get("3")).toMatchObject({
      labels: { username: "robin", workspace_name: "main" },
    });
    const [lists] = api.requests.filter(({ path }) => path.endsWith("/deployments"));
    expect(lists?.accept).toMatch(/^application\/json;as=PartialObjectMetadataList;/);
    expect(api.streams).toHaveLength(3);
  });

  it("asks for Jobs and their CronJobs once a pod is a Job's, and shows it as theirs", async () => {
    const reference = (kind: string, uid: string) => [
      { apiVersion: "batch/v1", kind, name: uid, uid, controller: true },
    ];
    const pod = podObject({ uid: "3", node: "n3", metadata: { ownerReferences: reference("Job", "j") } });
    api.answer("GET /api/v1/pods", list(JESSIE, pod));
    const job = { uid: "j", namespace: "team-a", name: "j", ownerReferences: reference("CronJob", "c") };
    api.answer("GET /apis/batch/v1/jobs", list({ metadata: job }));
    const labels = workspaceLabels("kim", "nightly");
    const cronJob = { uid: "c", namespace: "team-a", name: "c", labels };
    api.answer("GET /apis/batch/v1/cronjobs", list({ metadata: cronJob }));
    const source = await open();
    await turn();
    expect(source.listed).toBe(true);
    expect(source.workspaces.get("3")).toMatchObject({ labels: { username: "kim" } });
    expect(api.requests.some(({ path }) => path.endsWith("/daemonsets"))).toBe(false);
  });

  it("asks for no Jobs, CronJobs and DaemonSets where no pod is theirs", async () => {
    await open();
    const asked = new Set(api.requests.map(({ path }) => path.split("/").at(-1)));
    expect(asked).toEqual(new Set(["pods", "nodes", "deployments", "statefulsets"]));
  });

  it("asks for Jobs only in the namespaces of the settings", async () => {
    const owners = [{ apiVersion: "batch/v1", kind: "Job", name: "j", uid: "j", controller: true }];
    for (const namespace of ["team-a", "process-logging"]) {
      const pod = podObject({ uid: namespace, namespace, metadata: { ownerReferences: owners } });
      api.answer(`GET /api/v1/namespaces/${namespace}/pods`, list(pod));
    }
    await open(["team-a"]);
    const asked = api.requests.map(({ path }) => path).filter((path) => path.includes("batch"));
    expect(new Set(asked)).toEqual(new Set(["/apis/batch/v1/namespaces/team-a/jobs"]));
  });

  it("shows a workspace once that a tracer told of before its Deployment did", async () => {
    const pod = ownedPod({ uid: "3", node: "n3", name: "dev-1" }, "dev");
    api.answer("GET /api/v1/pods", list(pod));
    api.answer("GET /apis/apps/v1/deployments", list());
    const source = await open();
    const owners = api.streams.find((_, index) => index === 1);
    const state = { ...workspaceState("w"), namespace: "team-a", pod: "dev-1", execs: 7 };
    source.setTracerWorkspaces("n3", new Map([["w", state]]));
    expect([...source.workspaces.values()]).toMatchObject([{ pod: "dev-1", execs: 7 }]);
    const object = deploymentObject("dev", workspaceLabels("robin", "main"));
    owners?.write(`${JSON.stringify({ type: "ADDED", object })}\n`);
    await turn();
    expect([...source.workspaces.values()]).toMatchObject([{ id: "3", pod: "dev-1" }]);
  });

  it("shows what labels of their own name where Deployments may not be seen", async () => {
    api.answer("GET /apis/apps/v1/deployments", forbidden);
    api.answer("GET /apis/apps/v1/statefulsets", forbidden);
    const source = await open();
    expect([source.listed, source.state.type, source.workspaces.size]).toEqual([true, "connected", 2]);
  });

  it("shows what a tracer says of the pod, once, and the pod alone when it is not read any more", async () => {
    const source = await open();
    told = [];
    log = [];
    const state = { ...workspaceState("w"), namespace: "team-a", pod: "jessie-main", execs: 7 };
    source.setTracerWorkspaces("n1", new Map([["w", state]]));
    expect(source.workspaces.get("1")).toMatchObject({ id: "1", execs: 7, place: { loggedBy: "tracer" } });
    expect(told).toHaveLength(1);
    source.setTracerWorkspaces("n1", new Map([["w", state]]));
    expect(told).toHaveLength(1);
    source.setTracerWorkspaces("n1", undefined);
    expect(source.workspaces.get("1")).toMatchObject({ id: "1", execs: 0 });
    expect(source.workspaces.size).toBe(2);
  });

  it("warns of a pod of whose namespace its tracer shows nothing, and says what lets readers see it", async () => {
    const source = await open();
    const shown = () => [
      source.workspaces.get("1")?.warning,
      source.missingRights.map(({ command }) => command),
    ];
    source.setTracerSight("n1", undefined);
    expect(shown()).toEqual([undefined, []]);
    source.setTracerSight("n1", ["team-b"]);
    expect(shown()).toEqual([
      "the tracer of node n1 shows you nothing of namespace team-a: see Show Missing Rights",
      [expect.stringMatching(/^kubectl create rolebinding process-logging-reader --namespace team-a /)],
    ]);
    told = [];
    log = [];
    source.setTracerSight("n1", ["team-b"]);
    expect(told).toEqual([]);
    source.setTracerSight("n1", ["team-a", "team-b"]);
    expect(shown()).toEqual([undefined, []]);
  });

  it("takes a tracer's word for what it tells, whatever namespaces it says", async () => {
    const source = await open();
    const state = { ...workspaceState("w"), namespace: "team-a", pod: "jessie-main" };
    source.setTracerWorkspaces("n1", new Map([["w", state]]));
    source.setTracerSight("n1", []);
    expect(source.workspaces.get("1")?.warning).toBeUndefined();
    expect(source.missingRights).toEqual([]);
  });

  it("shows a workspace that only a tracer knows for as long as it does", async () => {
    const source = await open();
    const state = { ...workspaceState("w"), namespace: "team-b", pod: "unlabelled" };
    source.setTracerWorkspaces("n1", new Map([["w", state]]));
    expect(source.workspaces.size).toBe(3);
    source.setTracerWorkspaces("n1", new Map());
    expect(source.workspaces.size).toBe(2);
    expect(told.at(-1)?.removed).toHaveLength(1);
  });

  it("says of each pod what its tracer does not tell, once that is read and alone knows what a workspace is", async () => {
    const containers = [{ name: "exectrace", image: "tracer:1", args: ["run", "--workspace-selector=a"] }];
    const labels = { "app.kubernetes.io/name": "tracer" };
    const tracer = podObject({ uid: "t", node: "n1", namespace: "process-logging", labels, containers });
    api.answer("GET /api/v1/pods", list(JESSIE, tracer));
    const source = await open();
    const shown = () => source.workspaces.get("1")?.activity;
    expect(shown()).toBe("idle");
    source.setTracerWorkspaces("n1", new Map());
    expect(shown()).toBe("not_logged");
    const state = { ...workspaceState("w"), namespace: "team-a", pod: "jessie-main" };
    source.setTracerWorkspaces("n1", new Map([["w", state]]));
    expect(shown()).toBe("logging");
    source.setTracerWorkspaces("n1", undefined);
    expect(shown()).toBe("idle");
  });

  it("watches the namespaces of the settings, and those of the tracers", async () => {
    api.answer("GET /api/v1/pods", forbidden);
    api.answer("GET /api/v1/namespaces/team-a/pods", list(JESSIE));
    api.answer("GET /api/v1/namespaces/process-logging/pods", list(TRACER));
    api.answer("GET /api/v1/nodes", forbidden);
    const source = await open(["team-a"]);
    expect(source.state).toEqual({ type: "connected" });
    expect(source.nodesState).toMatchObject({ type: "disconnected" });
    expect(source.workspaces.get("1")).toMatchObject({ activity: "idle", place: { loggedBy: "tracer" } });
  });

  it("says that it can't know of tracers that the user may not see", async () => {
    api.answer("GET /api/v1/namespaces/team-a/pods", list(JESSIE));
    api.answer("GET /api/v1/namespaces/process-logging/pods", forbidden);
    const source = await open(["team-a"]);
    expect(source.state).toEqual({ type: "connected" });
    expect(source.workspaces.get("1")).toMatchObject({
      activity: "not_logged",
      why: "you may not see whether node n1 has a tracer",
    });
  });

  it("is disconnected, and says why, without the right to see pods", async () => {
    api.answer("GET /api/v1/pods", forbidden);
    expect((await open()).state).toMatchObject({
      type: "disconnected",
      why: "the API server says: pods is forbidden",
    });
  });
});
