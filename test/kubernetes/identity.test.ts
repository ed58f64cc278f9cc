import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

import { findHierarchies } from "../../tracer-service/cgroup/hierarchies.ts";
import { TestCgroup } from "../kernel/support/testCgroup.ts";
import { lostExecs, numbersOf } from "../service/support/logLine.ts";
import type { TracerService } from "../service/support/tracerService.ts";
import { describeOwnNode } from "./support/describeOwnNode.ts";
import { NodeTracer, type PodLine } from "./support/nodeTracer.ts";
import { PAUSE, podPrograms, scriptPrograms, type PodPrograms } from "./support/podPrograms.ts";
import { DIRECTORY_VARIABLE } from "./support/testEnvironment.ts";
import { until } from "./support/until.ts";
import { coderLabels, container, pod, podSpec } from "./support/workspacePods.ts";

const SLEEP = "exec sleep infinity";
const jessie = { username: "jessie", workspace_name: "main" };
const MANY = 50;

describeOwnNode("pods of a real node", () => {
  let tracer: NodeTracer;
  let service: TracerService;

  beforeAll(async () => {
    tracer = await NodeTracer.prepare();
    // Exits have numbers, too.
    service = await tracer.start("--log-exits");
  });
  afterAll(async () => {
    await tracer.close();
  });

  /** Waits until as many execs with this argument are logged, and gives them. */
  async function logged(argument: string, count = 1): Promise<readonly PodLine[]> {
    await until(
      `${String(count)} execs of ${argument} are logged`,
      () => tracer.execs(service, argument).length >= count,
      () => `${String(tracer.execs(service, argument).length)}: ${service.stderr.slice(-2000)}`,
    );
    return tracer.execs(service, argument);
  }

  async function uidsByName(): Promise<ReadonlyMap<string, string>> {
    const each = '{range .items[*]}{.metadata.name} {.metadata.uid}{"\\n"}{end}';
    const text = await tracer.namespace.output("get", "pods", `--output=jsonpath=${each}`);
    return new Map(
      text.split("\n").map((line): [string, string] => [line.split(" ")[0] ?? "", line.split(" ")[1] ?? ""]),
    );
  }

  async function uidOf(name: string): Promise<string> {
    return await tracer.namespace.output("get", "pod", name, "--output=jsonpath={.metadata.uid}");
  }

  /** Waits until a pod's containers are logged to have run these programs, in this order and nothing else. */
  async function expectRan(podUid: string, expected: PodPrograms): Promise<void> {
    const ran = (): PodPrograms => podPrograms(tracer.lines(service), podUid);
    const whole = { ...PAUSE, ...expected };
    await until(
      `all that pod ${podUid} ran is logged`,
      () => JSON.stringify(ran()).length >= JSON.stringify(whole).length,
      () => JSON.stringify(ran()),
    );
    expect(ran()).toEqual(whole);
  }

  function expectPlace(line: PodLine | undefined, pod: string, name: string, podUid?: string): void {
    expect(line?.fields.kubernetes).toMatchObject({
      namespace: tracer.namespace.name,
      pod,
      container: name,
      container_id: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      image: expect.stringContaining("workspace") as string,
      ...(podUid !== undefined && { pod_uid: podUid }),
    });
    expect(line?.fields).toMatchObject({ attribution: "pod", node: tracer.nodeName });
  }

  it("are logged with the right labels from their first process on, container by container", async () => {
    const spec = {
      initContainers: [container("prepare", "/bin/true in-init")],
      containers: [
        container("dev", `/bin/true in-dev; ${SLEEP}`),
        container("side", `/bin/true in-side; ${SLEEP}`),
      ],
    };
    await tracer.namespace.apply(
      pod("containers", "", { labels: coderLabels("jessie"), spec }),
      pod("bystander", "/bin/true bystander; exec sleep infinity", { labels: { app: "nginx" } }),
    );
    await tracer.namespace.wait("condition=Ready", "pod/containers", "pod/bystander");
    await tracer.namespace.output("exec", "containers", "--container=dev", "--", "/bin/true", "by-exec");
    await tracer.namespace.output("exec", "bystander", "--", "/bin/true", "bystander");
    const debug = [
      "debug",
      "containers",
      `--image=${spec.containers[0]?.["image"] as string}`,
      "--image-pull-policy=IfNotPresent",
    ];
    await tracer.namespace.output(
      ...debug,
      "--container=peek",
      "--profile=general",
      "--",
      "/bin/true",
      "in-debug",
    );
    const uid = await uidOf("containers");
    const [inDev, inSide] = ["/bin/true in-dev", "/bin/true in-side"];
    await expectRan(uid, {
      prepare: [scriptPrograms("/bin/true in-init", "/bin/true in-init")],
      dev: [[...scriptPrograms(`${inDev}; ${SLEEP}`, inDev, "sleep infinity"), ["/bin/true", "by-exec"]]],
      side: [scriptPrograms(`${inSide}; ${SLEEP}`, inSide, "sleep infinity")],
      peek: [[["/bin/true", "in-debug"]]],
    });
    for (const [argument, name] of [
      ["in-init", "prepare"],
      ["in-dev", "dev"],
      ["in-side", "side"],
      ["by-exec", "dev"],
      ["in-debug", "peek"],
    ] as const) {
      const lines = await logged(argument);
      expect(lines).toHaveLength(1);
      expect(lines[0]?.fields.labels).toEqual(jessie);
      expectPlace(lines[0], "containers", name, uid);
      expect(lines[0]?.fields.kubernetes?.["service_account"]).toBe("default");
    }
    expect(tracer.execs(service, "bystander")).toEqual([]);
  });

  it("have all that labels of the other generation and annotations say of them", async () => {
    const labels = {
      ...{ "com.coder.username": "amy", "com.coder.user.id": "u-1", "com.coder.org.id": "o-1" },
      ...{ "com.coder.workspace.name": "docs", "com.coder.workspace.id": "w-1" },
    };
    const annotations = { "com.coder.user.email": "amy@example.com" };
    const script = "/bin/true all-told; exec sleep infinity";
    await tracer.namespace.apply(pod("all-told", script, { labels, annotations }));
    const [line] = await logged("all-told");
    expect(line?.fields.labels).toEqual({
      ...{ username: "amy", user_id: "u-1", user_email: "amy@example.com", organization_id: "o-1" },
      ...{ workspace_name: "docs", workspace_id: "w-1" },
    });
    expectPlace(line, "all-told", "dev");
  });

  it.each([
    { what: "in a PID namespace of its own", name: "envbox", hostPID: false, how: "pid_namespace" },
    { what: "in the node's PID namespace", name: "envbox-host", hostPID: true, how: "lineage" },
  ])(
    "are known by what they run in a cgroup elsewhere, as envbox does, $what",
    async ({ name, hostPID, how }) => {
      const path = `/wpl-test-${randomBytes(6).toString("hex")}`;
      const elsewhere = findHierarchies().visible.map(({ mountPoint }) => new TestCgroup(mountPoint, path));
      try {
        const enter = elsewhere.map(({ directory }) => `echo 0 > /host${directory}/cgroup.procs; `).join("");
        const nested = 'unshare --pid --fork /bin/sh -c "/bin/true nested-NAME; exit 0"';
        const script = `sh -c '${enter}/bin/true elsewhere-NAME; ${nested}'; /bin/true home-NAME; exec sleep infinity`;
        const dev = {
          ...container("dev", script.replaceAll("NAME", name)),
          securityContext: { privileged: true },
          volumeMounts: [{ name: "cgroup", mountPath: "/host/sys/fs/cgroup" }],
        };
        const volumes = [{ name: "cgroup", hostPath: { path: "/sys/fs/cgroup" } }];
        const spec = { hostPID, containers: [dev], volumes };
        await tracer.namespace.apply(pod(name, "", { labels: coderLabels("jessie"), spec }));
        await tracer.namespace.wait("condition=Ready", `pod/${name}`);
        const uid = await uidOf(name);
        expect(await tracer.namespace.output("logs", name)).toBe("");
        for (const [argument, attribution] of [
          [`elsewhere-${name}`, how],
          [`nested-${name}`, how],
          [`home-${name}`, "pod"],
        ] as const) {
          const lines = await logged(argument);
          const kubernetes = { namespace: tracer.namespace.name, pod: name, pod_uid: uid };
          expect(lines).toMatchObject([{ fields: { labels: jessie, attribution, kubernetes } }]);
          const isInPod = String(lines[0]?.fields.event["cgroup"]).includes(uid);
          expect(isInPod).toBe(attribution === "pod");
        }
      } finally {
        for (const each of elsewhere) await each.remove();
      }
    },
  );

  it("are left to a container exectrace of their own, from their first process on", async () => {
    const spec = {
      containers: [
        container("dev", "/bin/true with-its-own; exec sleep infinity"),
        container("exectrace", "exec sleep infinity"),
      ],
    };
    await tracer.namespace.apply(pod("with-its-own", "", { labels: coderLabels("jessie"), spec }));
    await tracer.namespace.wait("condition=Ready", "pod/with-its-own");
    await tracer.namespace.output("exec", "with-its-own", "-c", "dev", "--", "/bin/true", "with-its-own");
    await tracer.namespace.output("exec", "containers", "-c", "dev", "--", "/bin/true", "without-its-own");
    await logged("without-its-own");
    expect(tracer.execs(service, "with-its-own")).toEqual([]);
  });

  it("are known by the labels of the Deployment, StatefulSet or Job that made them", async () => {
    const template = (app: string) => ({
      metadata: { labels: { app } },
      spec: podSpec(`/bin/true of-${app}; exec sleep infinity`),
    });
    const selector = (app: string) => ({ matchLabels: { app } });
    await tracer.namespace.apply(
      {
        ...{ apiVersion: "apps/v1", kind: "Deployment" },
        metadata: { name: "by-deployment", labels: coderLabels("jessie") },
        spec: { replicas: 1, selector: selector("deployment"), template: template("deployment") },
      },
      {
        ...{ apiVersion: "apps/v1", kind: "StatefulSet" },
        metadata: { name: "by-set", labels: coderLabels("jessie") },
        spec: { replicas: 1, serviceName: "none", selector: selector("set"), template: template("set") },
      },
      {
        ...{ apiVersion: "batch/v1", kind: "Job" },
        metadata: { name: "by-job", labels: coderLabels("jessie") },
        spec: {
          template: {
            metadata: { labels: { app: "job" } },
            spec: podSpec("/bin/true of-job", { restartPolicy: "Never" }),
          },
        },
      },
    );
    for (const app of ["deployment", "set", "job"]) {
      const [line] = await logged(`of-${app}`);
      expect(line?.fields.labels).toEqual(jessie);
      const { container, pod_uid: uid = "" } = line?.fields.kubernetes ?? {};
      expect(container).toBe("dev");
      const said = `/bin/true of-${app}`;
      const whole = scriptPrograms(`${said}; exec sleep infinity`, said, "sleep infinity");
      await expectRan(uid, { dev: [app === "job" ? scriptPrograms(said, said) : whole] });
    }
  });

  it("are logged from when they become workspaces, also what runs in them already", async () => {
    const say = "while :; do /bin/true late; sleep 0.5; done";
    await tracer.namespace.apply(pod("late", say, { labels: { app: "late" } }));
    await tracer.namespace.wait("condition=Ready", "pod/late");
    const labels = Object.entries(coderLabels("jessie")).map(([key, value]) => `${key}=${value}`);
    await tracer.namespace.output("label", "pod", "late", ...labels);
    const [line] = await logged("late");
    expect(line?.fields.labels).toEqual(jessie);
    expectPlace(line, "late", "dev");
  });

  it("keep their labels through restarts of their containers", async () => {
    await tracer.namespace.apply(
      pod("crashing", "/bin/true crash; exit 1", { labels: coderLabels("jessie") }),
    );
    for (const line of await logged("crash", 2)) {
      expect(line.fields.labels).toEqual(jessie);
      expectPlace(line, "crashing", "dev");
    }
    const uid = await uidOf("crashing");
    await tracer.namespace.output("delete", "pod", "crashing", "--now");
    // Each time in a container of its own, with the whole of it.
    const { dev: starts = [] } = podPrograms(tracer.lines(service), uid);
    expect(starts.length).toBeGreaterThanOrEqual(2);
    for (const start of starts) {
      expect(start).toEqual(scriptPrograms("/bin/true crash; exit 1", "/bin/true crash"));
    }
  });

  it("keep the labels that they had first, and changes are lines of the log", async () => {
    await tracer.namespace.apply(
      pod("changing", "/bin/true before; exec sleep infinity", { labels: coderLabels("jessie") }),
    );
    await logged("before");
    const label = (...labels: string[]) =>
      tracer.namespace.output("label", "pod", "changing", "--overwrite", ...labels);
    await label("com.coder.user.username=eve");
    await label("com.coder.user.username-", "com.coder.workspace.name-");
    const changes = (): PodLine[] =>
      tracer.lines(service).filter(({ msg }) => (msg as string) === "identity");
    await until("both changes are logged", () => changes().length >= 2);
    expect(changes()).toMatchObject([
      {
        level: "WARN",
        fields: { labels: jessie, claimed: { username: "eve" }, kubernetes: { pod: "changing" } },
      },
      { level: "WARN", fields: { labels: jessie, claimed: null, kubernetes: { pod: "changing" } } },
    ]);
    await tracer.namespace.output("exec", "changing", "--", "/bin/true", "after");
    const [line] = await logged("after");
    expect(line?.fields.labels).toEqual(jessie);
    expectPlace(line, "changing", "dev");
    const script = scriptPrograms(
      "/bin/true before; exec sleep infinity",
      "/bin/true before",
      "sleep infinity",
    );
    await expectRan(await uidOf("changing"), { dev: [[...script, ["/bin/true", "after"]]] });
  });

  it("are known when they are static", async () => {
    const folder = join(process.env[DIRECTORY_VARIABLE] ?? "", "static-pods");
    const { name } = tracer.namespace;
    const file = join(folder, `${name}.json`);
    const manifest = pod(`static-${name}`, "/bin/true in-static; exec sleep infinity", {
      labels: coderLabels("static"),
    });
    writeFileSync(file, JSON.stringify({ ...manifest, metadata: { ...manifest.metadata, namespace: name } }));
    try {
      const [line] = await logged("in-static");
      expect(line?.fields.labels["username"]).toBe("static");
      expectPlace(line, `static-${name}-${tracer.nodeName}`, "dev");
      const { pod_uid: uid = "" } = line?.fields.kubernetes ?? {};
      expect(uid).toMatch(/^[0-9a-f]{32}$/);
      const script = "/bin/true in-static; exec sleep infinity";
      await expectRan(uid, { dev: [scriptPrograms(script, "/bin/true in-static", "sleep infinity")] });
    } finally {
      rmSync(file);
    }
  });

  it(`are all known when ${String(MANY)} live briefly at the same time`, async () => {
    const script = (index: number): string => `/bin/true brief-${String(index)}; /bin/true brief; exit 0`;
    const brief = (index: number) =>
      pod(`brief-${String(index)}`, script(index), {
        labels: coderLabels(`user${String(index)}`),
        spec: { restartPolicy: "Never" },
      });
    await tracer.namespace.apply(...Array.from({ length: MANY }, (_, index) => brief(index)));
    const lines = await logged("brief", MANY);
    expect(lines).toHaveLength(MANY);
    const uids = await uidsByName();
    for (let index = 0; index < MANY; index++) {
      const found = await logged(`brief-${String(index)}`);
      expect(found).toHaveLength(1);
      expect(found[0]?.fields.labels).toEqual({ username: `user${String(index)}`, workspace_name: "main" });
      const uid = uids.get(`brief-${String(index)}`) ?? "";
      expectPlace(found[0], `brief-${String(index)}`, "dev", uid);
      const programs = [`/bin/true brief-${String(index)}`, "/bin/true brief"];
      await expectRan(uid, { dev: [scriptPrograms(script(index), ...programs)] });
    }
  }, 600_000);

  it("left no hole in the sequence, nothing without a pod, and each pod the labels that it had first", async () => {
    const { code } = await service.stop();
    expect(code).toBe(0);
    const numbers = numbersOf(service.log);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(lostExecs(service.log)).toBe(0);
    const own = (service.log as PodLine[]).filter(({ msg }) => msg === "exec");
    expect(own.filter(({ fields }) => fields.kubernetes === undefined)).toEqual([]);
    expect(own.filter(({ fields }) => fields.attribution === "none")).toEqual([]);
    const labelsOf = new Map<string | undefined, Set<string>>();
    for (const { fields } of own) {
      const uid = fields.kubernetes?.["pod_uid"];
      const labels = labelsOf.get(uid) ?? new Set();
      labelsOf.set(uid, labels.add(JSON.stringify(fields.labels)));
    }
    expect([...labelsOf].filter(([, labels]) => labels.size !== 1)).toEqual([]);
    expect(labelsOf.size).toBeGreaterThan(MANY);
  });

  it("are those that a selector names, and no others, where there is one", async () => {
    service = await tracer.start("--workspace-selector", "team in (blue)");
    const labels = { ...coderLabels("ann"), team: "blue" };
    await tracer.namespace.apply(
      pod("unselected", "/bin/true unselected; exec sleep infinity", { labels: coderLabels("jessie") }),
      pod("selected", "/bin/true selected; exec sleep infinity", { labels }),
    );
    await tracer.namespace.wait("condition=Ready", "pod/unselected", "pod/selected");
    await tracer.namespace.output("exec", "unselected", "--", "/bin/true", "unselected");
    await tracer.namespace.output("exec", "selected", "--", "/bin/true", "selected-later");
    await logged("selected-later");
    expect(await logged("selected")).toMatchObject([{ fields: { labels: { username: "ann" } } }]);
    expect(tracer.execs(service, "unselected")).toEqual([]);
  });
});
