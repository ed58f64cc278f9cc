import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

import { finished } from "../kernel/support/testCgroup.ts";
import { parseTimestamp, withArgument } from "../service/support/logLine.ts";
import { runCopiedCommand } from "./support/copiedCommand.ts";
import { describeCluster } from "./support/describeCluster.ts";
import { deployedManifests } from "./support/deployedManifests.ts";
import { kubectlOutput, startKubectl, type Manifest } from "./support/kubectl.ts";
import { DEPLOY } from "./support/kustomization.ts";
import { serviceLines, TestNamespace } from "./support/testNamespace.ts";
import { until } from "./support/until.ts";
import { container, podSpec } from "./support/workspacePods.ts";

const overlay = join(DEPLOY, "overlays/sidecar");
const selector = "--selector=com.coder.username=jessie,com.coder.workspace.name=main";

const LONG_LINES = 100;
/** More than a line holds. */
const LONG_TEXT = "x".repeat(20_000);

/**
 * Has the service say a line on its stderr for each answer, for as long as stdin is open, but not so many that kubelet
 * rotates the log.
 */
const keepAsking = `
const { Agent, get } = require("node:http");
const where = { socketPath: "/run/process-logging/tracer.sock", path: "/v1/workspaces", agent: new Agent({ keepAlive: true }) };
let left = 20_000;
const ask = () => left-- > 0 && get(where, (answer) => answer.resume().on("end", ask));
for (let each = 0; each < 4; each++) ask();
process.stdin.resume().on("end", () => process.exit(0));
`;

/** The overlay's Deployment of another workspace, labelled as Coder's newer templates do. */
function ofTheSecondGeneration(manifest: Manifest): Manifest {
  const labels = {
    ...{ "com.coder.user.username": "amy", "com.coder.user.id": "u-2" },
    ...{ "com.coder.workspace.name": "docs", "com.coder.workspace.id": "w-2" },
  };
  const deployment = structuredClone(manifest) as Deployment;
  deployment.metadata = { name: "amy-docs", labels };
  deployment.spec.selector.matchLabels = labels;
  deployment.spec.template.metadata.labels = labels;
  return deployment;
}

interface Deployment extends Manifest {
  metadata: { name: string; labels: Readonly<Record<string, string>> };
  spec: {
    selector: { matchLabels: Readonly<Record<string, string>> };
    template: { metadata: { labels: Readonly<Record<string, string>> } };
  };
}

describeCluster("the sidecar overlay", () => {
  let namespace: TestNamespace;
  let pod: string;

  beforeAll(async () => {
    namespace = await TestNamespace.create("sidecar");
    const manifests = deployedManifests(await kubectlOutput(["kustomize", overlay]));
    await namespace.apply(...manifests, ...manifests.map(ofTheSecondGeneration));
    for (const name of ["jessie-main", "amy-docs"])
      await namespace.output("rollout", "status", `deployment/${name}`, "--timeout=120s");
    pod = (await namespace.output("get", "pods", selector, "--output=name")).trim();
  });
  afterAll(async () => {
    await namespace.close();
  });

  it("prints the contract's lines to kubectl logs by the workspace's labels", async () => {
    await namespace.logged(pod, "uname", ({ fields }) => fields.cmdline === "uname -a");
    const all = ["--container", "exectrace", "--tail=-1"];
    const text = await namespace.output("logs", selector, ...all);
    const [line] = serviceLines(text).filter(({ fields }) => fields.cmdline === "uname -a");
    expect(line).toMatchObject({
      level: "INFO",
      msg: "exec",
      caller: expect.any(String) as string,
      func: expect.any(String) as string,
      fields: {
        labels: { username: "jessie", workspace_name: "main" },
        cmdline: "uname -a",
        event: {
          filename: "/bin/uname",
          argv: ["uname", "-a"],
          truncated: false,
          pid: expect.any(Number) as number,
          uid: 0,
          gid: 0,
          comm: "sh",
        },
      },
    });
    expect(parseTimestamp(line?.ts ?? "")).toBeGreaterThan(0n);
  });

  it("takes the labels that Coder's newer templates give", async () => {
    const newer = "com.coder.user.username=amy";
    const name = (await namespace.output("get", "pods", `--selector=${newer}`, "--output=name")).trim();
    const [line] = await namespace.logged(name, "uname", ({ fields }) => fields.cmdline === "uname -a");
    expect(line?.fields.labels).toEqual({
      ...{ username: "amy", user_id: "u-2" },
      ...{ workspace_name: "docs", workspace_id: "w-2" },
    });
  });

  it("prints them to the command as Coder's documentation has it, word for word: kubectl's last ten", async () => {
    // Nothing has run since.
    await namespace.logged(pod, "sleep", ({ fields }) => fields.cmdline === "sleep infinity");
    const text = await namespace.output("logs", selector, "--container", "exectrace");
    expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(10);
    const commands = serviceLines(text).map(({ fields }) => fields.cmdline);
    expect(commands).toEqual(expect.arrayContaining(["uname -a", "sleep infinity"]));
  });

  it("prints them also to the command that the editor copies", async () => {
    const { command, stdout } = await runCopiedCommand({
      workspaces: [{ username: "jessie", workspaceName: "main" }],
    });
    expect(command).not.toContain("process-logging");
    expect(serviceLines(stdout).map(({ fields }) => fields.cmdline)).toContain("uname -a");
  });

  it("prints those of several users to one that it copies, whichever labels their workspaces have", async () => {
    const { stdout } = await runCopiedCommand({ usernames: ["jessie", "amy"] });
    const users = serviceLines(stdout)
      .filter(({ fields }) => fields.cmdline === "uname -a")
      .map(({ fields }) => fields.labels["username"]);
    expect(users.sort()).toEqual(["amy", "jessie"]);
  });

  it("was ready before the workspace's first process: the shell that started it is logged", async () => {
    const execs = (await namespace.log(pod)).filter(({ msg }) => msg === "exec");
    const first = execs.findIndex(({ fields }) => fields.event["ns_pid"] === 1);
    // On a busy machine the runtime runs itself once more when it is in the container's cgroup already.
    const before = execs.slice(0, first).map(({ fields }) => fields.event["argv"]);
    expect(before).toEqual(before.map(() => ["runc", "init"]));
    expect(execs[first]?.fields.event).toMatchObject({
      argv: ["/bin/sh", "-c", "uname -a; exec sleep infinity"],
      ns_pid: 1,
    });
  });

  it("logs kubectl exec and ephemeral containers, and never itself", async () => {
    await namespace.output("exec", pod, "--container=dev", "--", "true", "by-exec");
    const debug = [
      "debug",
      pod,
      "--image",
      await imageOf("dev"),
      "--image-pull-policy=IfNotPresent",
      "--quiet",
    ];
    await namespace.output(...debug, "--profile=general", "--", "true", "by-debug");
    await namespace.logged(
      pod,
      "the ephemeral container",
      ({ fields }) => fields.cmdline === "true by-debug",
    );
    const log = await namespace.log(pod);
    expect(withArgument(log, "by-exec")).toMatchObject([{ fields: { labels: { username: "jessie" } } }]);
    const programs = log.map(({ fields }) => fields.event["filename"]);
    expect(programs.filter((name) => String(name).includes("node"))).toEqual([]);
  });

  it("logs the workspace's own init containers, which begin after it", async () => {
    const directory = mkdtempSync(join(tmpdir(), "wpl-sidecar-"));
    try {
      const labels = { "com.coder.username": "kim", "com.coder.workspace.name": "init" };
      const spec = podSpec("exec sleep infinity", {
        initContainers: [
          container("prepare", "/bin/true first-init"),
          container("fetch", "/bin/true second-init"),
        ],
      });
      const deployment = {
        ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "kim-init", labels } },
        spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
      };
      writeFileSync(join(directory, "workspace.yaml"), JSON.stringify(deployment));
      const kustomization = {
        ...{ apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization" },
        resources: ["workspace.yaml"],
        components: [relative(directory, join(DEPLOY, "components/sidecar"))],
      };
      writeFileSync(join(directory, "kustomization.yaml"), JSON.stringify(kustomization));
      await namespace.apply(...deployedManifests(await kubectlOutput(["kustomize", directory])));
      await namespace.output("rollout", "status", "deployment/kim-init", "--timeout=120s");
      const ofKim = "--selector=com.coder.username=kim";
      const name = (await namespace.output("get", "pods", ofKim, "--output=name")).trim();
      await namespace.logged(name, "the last program", ({ fields }) => fields.cmdline === "sleep infinity");
      const said = (await namespace.log(name)).filter(({ msg }) => msg === "exec");
      const programs = said.map(({ fields }) => fields.cmdline).filter((cmdline) => cmdline !== "runc init");
      expect(programs).toEqual([
        "/bin/sh -c '/bin/true first-init'",
        "/bin/true first-init",
        "/bin/sh -c '/bin/true second-init'",
        "/bin/true second-init",
        "/bin/sh -c 'exec sleep infinity'",
        "sleep infinity",
      ]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("prints whole lines of almost 16 KiB to kubectl logs while its stderr is busy", async () => {
    const place = [`--namespace=${namespace.name}`, "--container=exectrace"];
    const asking = startKubectl(["exec", "--stdin", pod, ...place, "--", "node", "-e", keepAsking]);
    const asked = finished(asking);
    const read = async (): Promise<readonly string[]> =>
      (await kubectlOutput(["logs", pod, ...place, "--tail=-1"])).split("\n").slice(0, -1);
    const isBusy = (line: string): boolean => line.includes('"msg":"the workspaces were read"');
    await until("stderr is busy", async () => (await read()).some(isBusy));
    const script = `i=0; while [ $i -lt ${String(LONG_LINES)} ]; do /bin/true long-$i ${LONG_TEXT}; i=$((i + 1)); done`;
    await namespace.output("exec", pod, "--container=dev", "--", "sh", "-c", script);
    asking.stdin?.end();
    expect(await asked).toMatchObject({ code: 0 });
    const last = `"long-${String(LONG_LINES - 1)}"`;
    await until("the last line is there", async () => (await read()).some((line) => line.includes(last)));
    const lines = await read();
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty("msg");
    const long = lines.filter((line) => line.includes('"argv":["/bin/true","long-'));
    expect(long.map((line) => /"long-(\d+)"/.exec(line)?.[1])).toEqual(
      Array.from({ length: LONG_LINES }, (_, index) => String(index)),
    );
    for (const line of long) {
      expect(Buffer.byteLength(line)).toBeLessThan(16_384);
      expect(Buffer.byteLength(line)).toBeGreaterThan(15_500);
    }
    const between = lines.slice(lines.indexOf(long[0] ?? ""), lines.indexOf(long.at(-1) ?? ""));
    expect(between.filter(isBusy).length).toBeGreaterThan(LONG_LINES);
  });

  async function imageOf(container: string): Promise<string> {
    const path = `{.spec.containers[?(@.name=="${container}")].image}`;
    return await namespace.output("get", pod, `--output=jsonpath=${path}`);
  }
});
