import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { systemClock } from "../../extension/clock.ts";
import { ClusterSource } from "../../extension/cluster/clusterSource.ts";
import { withArgument, type LogLine } from "../service/support/logLine.ts";
import { contextApi } from "./support/contextApi.ts";
import { runCopiedCommand } from "./support/copiedCommand.ts";
import { describeCluster } from "./support/describeCluster.ts";
import { kubectl, kubectlOutput, type Manifest } from "./support/kubectl.ts";
import { Kustomization } from "./support/kustomization.ts";
import { DIRECTORY_VARIABLE, tracerImage, workspaceImage } from "./support/testEnvironment.ts";
import { serviceLines, TestNamespace } from "./support/testNamespace.ts";
import { until } from "./support/until.ts";

const ROOT = join(import.meta.dirname, "../..");
const execute = promisify(execFile);
const READY = "processlogging.node-restriction.kubernetes.io/ready";
const OURS = "--namespace=process-logging";
const labels = { "com.coder.username": "jessie", "com.coder.workspace.name": "main" };

/** The command of docs/kubernetes.md that shows the log of all tracers. */
const tracerLog = ["logs", "-n", "process-logging", "-l", "app.kubernetes.io/name=tracer", "-c", "exectrace"];

describeCluster("kubectl apply -k deploy/kubernetes", () => {
  const base = new Kustomization("");
  let namespace: TestNamespace;

  beforeAll(async () => {
    const there = await kubectl(["get", "namespace", "process-logging"]);
    if (there.code === 0) {
      throw new Error("process-logging is deployed in this cluster: these tests would remove it");
    }
    await base.apply();
    for (const target of ["daemonset/tracer", "deployment/node-readiness"]) {
      await kubectlOutput(["rollout", "status", target, OURS, "--timeout=180s"]).catch(
        async (error: unknown) => {
          const said = await kubectl(["logs", OURS, target, "--all-containers", "--tail=20"]);
          throw new Error(`${String(error)}\n${said.stdout}${said.stderr}`);
        },
      );
    }
    namespace = await TestNamespace.create("deploy");
  });
  afterAll(async () => {
    await namespace.close();
    await base.close();
  });

  function pod(name: string, more: object = {}): Manifest {
    const container = {
      name: "dev",
      image: workspaceImage(),
      imagePullPolicy: "IfNotPresent",
      command: ["/bin/sh", "-c", "uname -a; exec sleep infinity"],
    };
    const spec = { terminationGracePeriodSeconds: 0, containers: [container], ...more };
    return { apiVersion: "v1", kind: "Pod", metadata: { name, labels }, spec };
  }

  async function log(): Promise<LogLine[]> {
    return serviceLines(await kubectlOutput([...tracerLog, "--tail=-1"]));
  }

  async function nodeIsReady(): Promise<boolean> {
    const found = await kubectlOutput(["get", "nodes", `--selector=${READY}=true`, "--output=name"]);
    return found.trim() !== "";
  }

  /** What a command of docs/kubernetes.md says that is run on a node by `kubectl debug`, once it has succeeded there. */
  async function debug(node: string, ...command: string[]): Promise<string> {
    const image = [`--image=${tracerImage()}`, "--image-pull-policy=IfNotPresent", "--profile=sysadmin"];
    const said = await namespace.output("debug", node, ...image, "--", ...command);
    const pod = /node-debugger-\S+/.exec(said)?.[0] ?? "";
    await namespace.wait("jsonpath={.status.phase}=Succeeded", `pod/${pod}`);
    return await namespace.output("logs", pod);
  }

  it("makes the tracers ready, and labels their nodes", async () => {
    await until("the node has the label", nodeIsReady);
  });

  it("runs with the capabilities that the manifest names, and a root file system that is read-only", async () => {
    const own = await kubectlOutput([
      ...["exec", OURS, "daemonset/tracer", "--container=exectrace", "--"],
      ...["node", "-p", "require('fs').readFileSync('/proc/self/status', 'utf8')"],
    ]);
    const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(own)?.[1] ?? ""}`);
    const bits = [...Array(64).keys()].filter((bit) => ((effective >> BigInt(bit)) & 1n) === 1n);
    // DAC_READ_SEARCH, SYS_PTRACE, PERFMON, BPF
    expect(bits).toEqual([2, 19, 38, 39]);
    expect(own).toMatch(/^Seccomp:\s*2$/m);
    expect(own).toMatch(/^NoNewPrivs:\s*1$/m);
    const write = ["node", "-e", "require('fs').writeFileSync('/etc/x', '')"];
    const refused = await kubectl(["exec", OURS, "daemonset/tracer", "-c", "exectrace", "--", ...write]);
    expect(refused.stderr).toContain("EROFS");
  });

  it("logs a workspace's execs from its first process on, with its labels and its pod", async () => {
    await namespace.apply(pod("workspace"));
    await namespace.wait("condition=Ready", "pod/workspace");
    await namespace.output("exec", "pod/workspace", "--", "true", "by-exec");
    await until("the exec is logged", async () => withArgument(await log(), "by-exec").length > 0);
    const uid = await namespace.output("get", "pod/workspace", "--output=jsonpath={.metadata.uid}");
    const lines = (await log()).filter((line) => line.msg === "exec");
    const own = lines.filter((line) => place(line)["pod_uid"] === uid);
    expect(own.map(({ fields }) => fields.cmdline)).toEqual(
      expect.arrayContaining(["uname -a", "sleep infinity", "true by-exec"]),
    );
    for (const line of own) {
      expect(line.fields).toMatchObject({
        labels: { username: "jessie", workspace_name: "main" },
        attribution: "pod",
        kubernetes: { namespace: namespace.name, pod: "workspace" },
      });
    }
    // The very first process of the pod is the one that holds its namespaces.
    const dev = own.filter((line) => place(line)["container"] === "dev");
    expect(dev[0]?.fields.event).toMatchObject({ argv: ["/bin/sh", "-c", expect.any(String)], ns_pid: 1 });
  });

  it("prints a workspace's lines, and no other's, to the command that the editor copies", async () => {
    const other = pod("of-jess");
    const otherLabels = { ...labels, "com.coder.username": "jess" };
    await namespace.apply({ ...other, metadata: { name: "of-jess", labels: otherLabels } });
    await namespace.wait("condition=Ready", "pod/of-jess");
    const isOther = (line: LogLine): boolean => place(line)["pod"] === "of-jess";
    await until("the other is logged", async () => (await log()).some(isOther));
    const { command, stdout } = await runCopiedCommand({
      workspaces: [{ username: "jessie", workspaceName: "main" }],
    });
    expect(command).toContain("--namespace process-logging");
    const lines = serviceLines(stdout);
    expect(lines.map(({ fields }) => fields.cmdline)).toEqual(
      expect.arrayContaining(["uname -a", "true by-exec"]),
    );
    expect(lines.filter(isOther)).toEqual([]);
  });

  it("logs nothing of pods that are no workspaces", async () => {
    const other = pod("other");
    await namespace.apply({ ...other, metadata: { name: "other" } });
    await namespace.wait("condition=Ready", "pod/other");
    await namespace.output("exec", "pod/other", "--", "true", "not-a-workspace");
    await namespace.output("exec", "pod/workspace", "--", "true", "after-the-other");
    await until("the later exec is logged", async () => {
      return withArgument(await log(), "after-the-other").length > 0;
    });
    expect(withArgument(await log(), "not-a-workspace")).toEqual([]);
  });

  it("prints whole lines through kubectl logs, whatever the arguments", async () => {
    const script = '/bin/true "long-$(i=0; while [ $i -lt 12000 ]; do echo "€$i"; i=$((i + 1)); done)"';
    await namespace.output("exec", "pod/workspace", "--", "sh", "-c", script);
    await until("the long line is there", async () => (await log()).some(isLong));
    const [line] = (await log()).filter(isLong);
    expect(line?.fields.event.truncated).toBe(true);
    const prefixed = await kubectlOutput([...tracerLog, "--tail=-1", "--prefix"]);
    const raw = prefixed.split("\n").filter((each) => each.includes('"argv":["/bin/true","long-€0'));
    expect(raw.length).toBeGreaterThan(0);
    expect(raw.every((each) => each.endsWith("}"))).toBe(true);
  });

  describe("when the tracer is killed", () => {
    // It has to be the node's own process.
    it.skipIf(process.env[DIRECTORY_VARIABLE] === undefined)(
      "once, its node is without the label within a minute, until it is ready again; workspaces run on",
      async () => {
        await until("the node has the label", nodeIsReady);
        const before = await labelsTaken();
        const source = new ClusterSource({
          ...{ context: "test", server: "", api: contextApi(), namespaces: [], clock: systemClock },
          log: () => undefined,
        });
        const said = new Set<string>();
        source.onDidChangeWorkspaces(() => {
          for (const { namespace: where, pod: name, activity, why } of source.workspaces.values())
            if (where === namespace.name && name === "workspace") said.add(`${activity}: ${why ?? ""}`);
        });
        await until("the editor knows the cluster", () => source.listed && said.size > 0);
        await killTracers();
        let taken: readonly string[] = [];
        await until("the label is taken away", async () => {
          taken = (await labelsTaken()).slice(before.length);
          return taken.length > 0;
        });
        const phase = await namespace.output("get", "pod/workspace", "--output=jsonpath={.status.phase}");
        expect(phase).toBe("Running");
        await until("the label is back", nodeIsReady);
        // Meanwhile the editor has marked it as not covered.
        const isMarked = (text: string): boolean =>
          /^not_logged: the tracer of node \S+ is not ready/.test(text);
        expect([...said].filter(isMarked)).not.toEqual([]);
        source.dispose();
        const path =
          "--output=jsonpath={.items[0].status.containerStatuses[0].lastState.terminated.finishedAt}";
        const selector = "--selector=app.kubernetes.io/name=tracer";
        const killed = await kubectlOutput(["get", "pods", OURS, selector, path]);
        // By the API server's own times, in whole seconds.
        const seconds = (Date.parse(taken[0] ?? "") - Date.parse(killed)) / 1000;
        expect(seconds).toBeGreaterThanOrEqual(0);
        expect(seconds).toBeLessThanOrEqual(60);
      },
    );
  });

  it("validates a node beside its tracer as docs/kubernetes.md says", async () => {
    const node = (await kubectlOutput(["get", "nodes", "--output=name"])).split("\n")[0] ?? "";
    const said = await debug(node, "tracer-service", "check");
    expect(said).toMatch(/^✓ ok\s+self-test /m);
    expect(said).toMatch(/^! warning\s+bpffs /m);
    expect(said).toMatch(/^This node can be traced/m);
  });

  it("lets the controller change nothing else of a node", async () => {
    // The group lets it past RBAC, which allows less.
    const as = ["--as=system:serviceaccount:process-logging:node-readiness", "--as-group=system:masters"];
    const node = (await kubectlOutput(["get", "nodes", "--output=name"])).split("\n")[0] ?? "";
    const label = await kubectl(["label", node, "other=label", "--dry-run=server", ...as]);
    expect(label.stderr).toContain("may only set and remove the label");
    const patch = ["patch", node, "--type=merge", '--patch={"spec":{"unschedulable":true}}'];
    const cordon = await kubectl([...patch, "--dry-run=server", ...as]);
    expect(cordon.stderr).toContain("may only label nodes");
    const note = ["patch", node, "--type=merge", '--patch={"metadata":{"annotations":{"a":"b"}}}'];
    expect((await kubectl([...note, "--dry-run=server", ...as])).stderr).toContain(
      "may not change annotations",
    );
    const own = ["label", node, `${READY}=true`, "--overwrite", "--dry-run=server", ...as];
    expect(await kubectl(own)).toMatchObject({ code: 0 });
  });

  it("is sealed by a key for each node as docs/kubernetes.md says", async () => {
    const directory = mkdtempSync(join(tmpdir(), "wpl-seal-"));
    try {
      await execute("sh", ["-ec", commandsOf("Seal it")], { cwd: directory });
      await kubectlOutput(["rollout", "status", "daemonset/tracer", OURS, "--timeout=180s"]);
      const [file = ""] = readdirSync(directory);
      const node = (await kubectlOutput(["get", "nodes", "--output=name"])).split("\n")[0] ?? "";
      expect(`node/${file}`).toBe(`${node}.key`);
      expect(readFileSync(join(directory, file), "utf8")).toMatch(/^[0-9a-f]{64}\n$/);
      const verify = [OURS, "daemonset/tracer", "--container=exectrace", "--", "tracer-service", "verify"];
      let verdict = "";
      await until("the history is sealed", async () => {
        verdict = await kubectlOutput(["exec", ...verify]);
        return /^[1-9]\d* seals; 0 batches/m.test(verdict);
      });
      expect(verdict).toContain("nothing wrong was found");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("leaves no label on a node when it is taken away as docs/kubernetes.md says", async () => {
    await until("the node has the label", nodeIsReady);
    const commands = commandsOf("Take it away");
    expect(commands).toContain("delete -k deploy/kubernetes");
    await execute("sh", ["-ec", commands], { cwd: ROOT });
    expect(await kubectlOutput(["get", "nodes", `--selector=${READY}`, "--output=name"])).toBe("");
    expect((await kubectl(["get", "namespace", "process-logging"])).code).toBe(1);
  });

  it("leaves nothing in the kernel once it is uninstalled as docs/kubernetes.md says", async () => {
    const node = (await kubectlOutput(["get", "nodes", "--output=name"])).split("\n")[0] ?? "";
    const pinDirectory = "/host/sys/fs/bpf/process-logging";
    const uninstall = (): Promise<string> =>
      debug(node, "tracer-service", "uninstall", "--pin-dir", pinDirectory);
    expect(await uninstall()).toContain(`removed what was pinned in ${pinDirectory}`);
    expect(await uninstall()).toContain(`nothing is pinned in ${pinDirectory}`);
  });
});

/** The first commands of a section of docs/kubernetes.md. */
function commandsOf(section: string): string {
  const guide = readFileSync(join(ROOT, "docs/kubernetes.md"), "utf8");
  const [, text = ""] = guide.split(`\n## ${section}\n`);
  return /```sh\n(.*?)```/s.exec(text)?.[1] ?? "";
}

/** When the label was taken from a node, by the controller's events. */
async function labelsTaken(): Promise<readonly string[]> {
  const events = ["get", "events", "--namespace=default", "--field-selector=reason=ProcessLoggingNotReady"];
  const path = '--output=jsonpath={range .items[*]}{.firstTimestamp}{"\\n"}{end}';
  return (await kubectlOutput([...events, path])).split("\n").filter(Boolean).sort();
}

/** Ends the tracers' processes on this node, as the kernel does when memory is short. */
async function killTracers(): Promise<void> {
  const path = "--output=jsonpath={.items[*].status.containerStatuses[*].containerID}";
  const pods = ["get", "pods", OURS, "--selector=app.kubernetes.io/name=tracer", path];
  const ids = (await kubectlOutput(pods)).split(" ").map((id) => id.replace(/^.*\/\//, ""));
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const cgroup = readFileSync(`/proc/${pid}/cgroup`, "utf8");
      if (ids.some((id) => id !== "" && cgroup.includes(id))) process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
}

function isLong({ msg, fields }: LogLine): boolean {
  return msg === "exec" && (fields.event.argv[1]?.startsWith("long-€0") ?? false);
}

function place(line: LogLine): Record<string, unknown> {
  return (line.fields as unknown as { kubernetes?: Record<string, unknown> }).kubernetes ?? {};
}
