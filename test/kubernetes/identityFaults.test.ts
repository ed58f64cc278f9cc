import { join } from "node:path";

import { afterAll, afterEach, beforeAll, expect, it } from "vitest";

import { TestBpfFileSystem } from "../kernel/support/testBpfFileSystem.ts";
import { numbersOf, parseLog, withArgument, type LogLine } from "../service/support/logLine.ts";
import { TracerService } from "../service/support/tracerService.ts";
import { describeOwnNode } from "./support/describeOwnNode.ts";
import { NodeTracer, type PodLine } from "./support/nodeTracer.ts";
import { PAUSE, podPrograms, scriptPrograms } from "./support/podPrograms.ts";
import { until } from "./support/until.ts";
import { coderLabels, pod, podSpec } from "./support/workspacePods.ts";

const labels = { username: "jessie", workspace_name: "main" };
const GONE = { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" };

describeOwnNode("pods of a node whose API server", () => {
  let tracer: NodeTracer;
  let service: TracerService;

  beforeAll(async () => {
    tracer = await NodeTracer.prepare();
  });
  afterEach(async () => {
    tracer.api.restore();
    await service.kill();
    await tracer.namespace.output("delete", "pods", "--all", "--now");
  });
  afterAll(async () => {
    await tracer.close();
  });

  async function run(name: string): Promise<void> {
    await tracer.namespace.apply(
      pod(name, `/bin/true ${name}; exec sleep infinity`, { labels: coderLabels("jessie") }),
    );
    await tracer.namespace.wait("condition=Ready", `pod/${name}`);
  }

  async function expectLabelled(name: string): Promise<void> {
    await until(
      `${name} is logged`,
      () => tracer.execs(service, name).length > 0,
      () => service.stderr.slice(-2000),
    );
    expect(tracer.execs(service, name)).toMatchObject([
      { fields: { labels, attribution: "pod", kubernetes: { pod: name, container: "dev" } } },
    ]);
  }

  it("is away when the tracer starts, are known when it comes back", async () => {
    await run("before-start");
    tracer.api.cut();
    service = await tracer.start("--pending-timeout", "300");
    await tracer.namespace.output("exec", "before-start", "--", "/bin/true", "meanwhile");
    await run("new-one");
    expect(tracer.execs(service, "new-one")).toEqual([]);
    tracer.api.restore();
    await expectLabelled("new-one");
    await until("the other is logged", () => tracer.execs(service, "meanwhile").length > 0);
    expect(tracer.execs(service, "meanwhile")).toMatchObject([
      { fields: { labels, kubernetes: { container: "dev" } } },
    ]);
  });

  it("goes away later, are known when it comes back, and those known before stay known", async () => {
    service = await tracer.start("--pending-timeout", "300");
    await run("known");
    await expectLabelled("known");
    tracer.api.cut();
    await tracer.namespace.output("exec", "known", "--", "/bin/true", "still");
    await expectLabelledExec("still");
    await run("new-one");
    tracer.api.restore();
    await expectLabelled("new-one");
  });

  it("stays away for longer than events may wait, go out with their uid", async () => {
    tracer.api.cut();
    service = await tracer.start("--pending-timeout", "1");
    await run("unknown");
    await until("it is logged", () => tracer.execs(service, "unknown").length > 0);
    const uid = await uidOf("unknown");
    expect(tracer.execs(service, "unknown")).toMatchObject([
      { fields: { labels: {}, attribution: "pending-expired", kubernetes: { pod_uid: uid } } },
    ]);
    tracer.api.restore();
    await until("the API server is heard again", () => service.stderr.includes("tells of pods again"));
    await tracer.namespace.output("exec", "unknown", "--", "/bin/true", "known-now");
    await expectLabelledExec("known-now");
  });

  it("does not tell of their owners, are told by namespace, pod and container, and their labels later", async () => {
    tracer.api.answer = (path) => (path.startsWith("/apis/") ? { status: 500, body: "{}" } : undefined);
    service = await tracer.start("--pending-timeout", "1");
    const app = { app: "ownerless" };
    const template = { metadata: { labels: app }, spec: podSpec("/bin/true ownerless; exec sleep infinity") };
    const metadata = { name: "ownerless", labels: coderLabels("jessie") };
    await tracer.namespace.apply({
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata },
      spec: { selector: { matchLabels: app }, template },
    });
    await tracer.namespace.output("rollout", "status", "deployment/ownerless", "--timeout=120s");
    const ran = (argument: string): Promise<void> =>
      until(`${argument} is logged`, () => tracer.execs(service, argument).length > 0);
    const place = {
      namespace: tracer.namespace.name,
      pod: expect.stringMatching(/^ownerless-/) as string,
      service_account: "default",
    };
    await ran("ownerless");
    expect(tracer.execs(service, "ownerless")).toMatchObject([
      { fields: { labels: {}, attribution: "pending-expired", kubernetes: place } },
    ]);
    const exec = ["exec", "deployment/ownerless", "--", "/bin/true"];
    await tracer.namespace.output(...exec, "still-ownerless");
    await ran("still-ownerless");
    expect(tracer.execs(service, "still-ownerless")).toMatchObject([
      { fields: { attribution: "pending-expired", kubernetes: { ...place, container: "dev" } } },
    ]);
    tracer.api.restore();
    await until("its owner is known", async () => {
      await tracer.namespace.output(...exec, "owned");
      return tracer.execs(service, "owned").some(({ fields }) => fields.attribution === "pod");
    });
    expect(tracer.execs(service, "owned").at(-1)).toMatchObject({ fields: { labels, kubernetes: place } });
    // With its pods: what follows counts what runs here.
    await tracer.namespace.output("delete", "deployment", "ownerless", "--cascade=foreground");
  });

  it("is away while the service is killed and starts again, keep their first labels, and nothing is lost", async () => {
    const bpffs = new TestBpfFileSystem();
    // Exits have numbers, too.
    const flags = ["--pin-dir", bpffs.pinDirectory, "--pending-timeout", "300", "--log-exits"];
    try {
      const first = await tracer.start(...flags);
      service = first;
      await run("known");
      await expectLabelled("known");
      await first.kill();
      tracer.api.cut();
      await tracer.namespace.output("exec", "known", "--", "/bin/true", "unwatched");
      const label = ["label", "pod", "known", "--overwrite", "com.coder.user.username=eve"];
      await tracer.namespace.output(...label);
      const spec = { restartPolicy: "Never" };
      await tracer.namespace.apply(
        pod("brief", "/bin/true brief", { labels: coderLabels("ann"), spec }),
        pod("bystander", "/bin/true bystander; exec sleep infinity", { labels: { app: "x" } }),
      );
      await tracer.namespace.wait("jsonpath={.status.phase}=Succeeded", "pod/brief");
      await tracer.namespace.wait("condition=Ready", "pod/bystander");

      const second = await tracer.start(...flags);
      service = second;
      expect(second.stderr).toContain('"adopted":true');
      // By what the first service left: the API server is away still.
      await expectLabelledExec("unwatched");
      expect(tracer.execs(second, "brief")).toEqual([]);
      tracer.api.restore();
      await until("the brief one is logged", () => tracer.execs(second, "brief").length > 0);
      const ann = { username: "ann", workspace_name: "main" };
      expect(tracer.execs(second, "brief")).toMatchObject([
        { fields: { labels: ann, attribution: "pod", kubernetes: { pod: "brief", container: "dev" } } },
      ]);
      const changes = (): PodLine[] => {
        return tracer.lines(second).filter(({ msg }) => (msg as string) === "identity");
      };
      await until("the change of labels is logged", () => changes().length > 0);
      expect(changes()).toMatchObject([
        { fields: { labels, claimed: { username: "eve" }, kubernetes: { pod: "known" } } },
      ]);
      await tracer.namespace.output("exec", "known", "--", "/bin/true", "afterwards");
      await expectLabelledExec("afterwards");
      const [known, brief] = [await uidOf("known"), await uidOf("brief")];
      const pods = [known, brief, await uidOf("bystander")];

      await second.stop();
      const lines = [...first.log, ...second.log] as PodLine[];
      expect(lines.filter(({ msg }) => msg === "lost")).toEqual([]);
      // A pod of an earlier test may end meanwhile, of which the API server tells no more.
      const expired = lines.filter(({ fields }) => fields.attribution === "pending-expired");
      expect(expired.filter(({ fields }) => pods.includes(fields.kubernetes?.pod_uid ?? ""))).toEqual([]);
      expect(withArgument(lines, "bystander")).toEqual([]);
      const script = scriptPrograms(
        "/bin/true known; exec sleep infinity",
        "/bin/true known",
        "sleep infinity",
      );
      const entered = [
        ["/bin/true", "unwatched"],
        ["/bin/true", "afterwards"],
      ];
      expect(podPrograms(lines, known)).toEqual({ ...PAUSE, dev: [[...script, ...entered]] });
      const briefly = scriptPrograms("/bin/true brief", "/bin/true brief");
      expect(podPrograms(lines, brief)).toEqual({ ...PAUSE, dev: [briefly] });
      // What was logged just before the kill may be told again, by the same number.
      const numbers = [...new Set(numbersOf(lines))].sort((a, b) => a - b);
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    } finally {
      await service.kill();
      bpffs.remove();
    }
  });

  it("is away while the service is killed with events that wait, have numbers of their own and are kept once", async () => {
    const bpffs = new TestBpfFileSystem();
    const stateDirectory = join(tracer.directory, "state");
    const flags = ["--pin-dir", bpffs.pinDirectory, "--state-dir", stateDirectory];
    flags.push("--pending-timeout", "300", "--log-exits");
    const keptLines = async (): Promise<LogLine[]> => {
      const asked = ["history", "--json", "--exits", "--state-dir", stateDirectory];
      return parseLog((await TracerService.run(asked)).stdout);
    };
    try {
      const first = await tracer.start(...flags);
      service = first;
      await run("known");
      await expectLabelled("known");
      tracer.api.cut();
      await run("waiting");
      await tracer.namespace.output("exec", "known", "--", "/bin/true", "overtaking");
      await expectLabelledExec("overtaking");
      expect(tracer.execs(first, "waiting")).toEqual([]);
      await until(
        "the history has what was told",
        async () => withArgument(await keptLines(), "overtaking").length > 0,
      );
      await first.kill();
      tracer.api.restore();

      service = await tracer.start(...flags);
      await expectLabelled("waiting");
      await expectLabelledExec("overtaking");
      await service.stop();
      const lines = [...first.log, ...service.log] as PodLine[];
      const numbered = lines.filter(({ msg }) => msg === "exec" || msg === "exit");
      const events = new Set(
        numbered.map(
          ({ msg, fields: { event } }) => `${String(event.seq)} ${msg} ${event["exec_id"] as string}`,
        ),
      );
      expect(new Set(numbersOf(numbered)).size).toBe(events.size);

      const kept = (await keptLines()).map(
        ({ msg, fields: { event } }) => `${msg} ${event["exec_id"] as string}`,
      );
      expect(kept.length).toBeGreaterThan(5);
      expect(kept.toSorted()).toEqual([...new Set(kept)].sort());
    } finally {
      await service.kill();
      bpffs.remove();
    }
  });

  it("is slow, are known all the same", async () => {
    tracer.api.delayMs = 1_500;
    service = await tracer.start();
    await run("slow");
    await expectLabelled("slow");
  });

  it("throttles, are known when it has been waited for", async () => {
    let refused = 0;
    tracer.api.answer = (path) =>
      path.includes("/pods?") && refused++ < 3
        ? { status: 429, headers: { "retry-after": "1" }, body: '{"message":"too many requests"}' }
        : undefined;
    service = await tracer.start();
    await run("throttled");
    await expectLabelled("throttled");
    expect(refused).toBeGreaterThan(3);
  });

  it.each([
    ["as the answer", { status: 410, body: JSON.stringify(GONE) }],
    ["in the watch", { status: 200, body: `${JSON.stringify({ type: "ERROR", object: GONE })}\n` }],
  ])("has forgotten the version to watch from (410 %s), are listed anew", async (_, answer) => {
    service = await tracer.start();
    await run("before");
    await expectLabelled("before");
    let gone = 0;
    const lists = (): number => tracer.api.asked.filter((path) => path.includes("limit=")).length;
    const before = lists();
    tracer.api.answer = (path) => (path.includes("watch=1") && gone++ === 0 ? answer : undefined);
    tracer.api.breakConnections();
    await until("pods are listed anew", () => lists() > before);
    await run("after");
    await expectLabelled("after");
  });

  it("breaks the watch again and again, are all known", async () => {
    service = await tracer.start();
    for (let index = 0; index < 4; index++) {
      tracer.api.breakConnections();
      await run(`broken-${String(index)}`);
      tracer.api.breakConnections();
    }
    for (let index = 0; index < 4; index++) await expectLabelled(`broken-${String(index)}`);
  });

  async function uidOf(name: string): Promise<string> {
    return await tracer.namespace.output("get", "pod", name, "--output=jsonpath={.metadata.uid}");
  }

  async function expectLabelledExec(argument: string): Promise<void> {
    await until(`${argument} is logged`, () => tracer.execs(service, argument).length > 0);
    expect(tracer.execs(service, argument)).toMatchObject([{ fields: { labels, attribution: "pod" } }]);
  }
});
