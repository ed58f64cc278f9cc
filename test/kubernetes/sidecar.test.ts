import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

import { parseTimestamp, withArgument } from "../service/support/logLine.ts";
import { runCopiedCommand } from "./support/copiedCommand.ts";
import { describeCluster } from "./support/describeCluster.ts";
import { deployedManifests } from "./support/deployedManifests.ts";
import { kubectlOutput, type Manifest } from "./support/kubectl.ts";
import { serviceLines, TestNamespace } from "./support/testNamespace.ts";

const overlay = join(import.meta.dirname, "../../deploy/kubernetes/overlays/sidecar");
const selector = "--selector=com.coder.username=jessie,com.coder.workspace.name=main";

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
    const { command, stdout } = await runCopiedCommand({ username: "jessie", workspaceName: "main" });
    expect(command).not.toContain("process-logging");
    expect(serviceLines(stdout).map(({ fields }) => fields.cmdline)).toContain("uname -a");
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

  async function imageOf(container: string): Promise<string> {
    const path = `{.spec.containers[?(@.name=="${container}")].image}`;
    return await namespace.output("get", pod, `--output=jsonpath=${path}`);
  }
});
