import { readlinkSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";

import { withArgument } from "../service/support/logLine.ts";
import type { Container } from "./support/container.ts";
import { ContainerHost } from "./support/containerHost.ts";
import { describeContainers } from "./support/describeContainers.ts";
import { hasProgram } from "./support/hasProgram.ts";
import { Pod } from "./support/pod.ts";
import { Sidecar } from "./support/sidecar.ts";

const exectrace = ["exectrace", "--label", "username=jessie", "--label", "workspace_name=main"];
const waiting = "waiting for the workspace's PID namespace";
const following = "logging the PID namespace and all nested in it";
const address = "http://127.0.0.1:56123";

/** The number that a template's start script sends. */
const readInode = "inode=$(readlink /proc/self/ns/pid | sed 's/[^0-9]//g')";
const withCurl = `curl --fail --silent --connect-timeout 5 -X POST -H "Content-Type: text/plain" --data "$inode" ${address}`;
const withWget = `wget -q -O - --header "Content-Type: text/plain" --post-data "$inode" ${address}`;
/** Tells when it is done, then stays. */
const stay = "echo sent && exec sleep 1000000";

const clients = [
  { client: "busybox wget", start: `${readInode}; ${withWget} && ${stay}`, hostPrograms: false },
  ...(hasProgram("curl")
    ? [{ client: "curl", start: `${readInode}; ${withCurl} && ${stay}`, hostPrograms: true }]
    : []),
];
if (clients.length === 1) console.warn("SKIPPED: the drop-in's handshake by curl: curl is not installed");

describeContainers("the drop-in beside a workspace container", () => {
  let host: ContainerHost;
  let pod: Pod;

  beforeEach(async () => {
    host = new ContainerHost();
    pod = await Pod.start(host);
  });

  afterEach(async () => {
    await host.close();
  });

  const startWorkspace = async (): Promise<Container> => {
    const container = pod.start({ args: ["/bin/sh", "-c", `${readInode}; ${withWget} && ${stay}`] });
    await container.says("sent");
    return container;
  };

  /** What the sidecar answers to a request from the pod: `wget` tells of all but success. */
  const send = async (from: Container, body: string): Promise<string> => {
    const script = `inode='${body}'; ${withWget}`;
    const { code, stderr } = await from.exec("/bin/sh", "-c", script);
    return code === 0 ? "accepted" : stderr.trim();
  };

  it.each(clients)("logs all that follows once $client has sent the PID namespace", async (client) => {
    const { start, hostPrograms } = client;
    const sidecar = await Sidecar.start(pod, exectrace, waiting);
    const options = { args: ["/bin/sh", "-c", start] };
    const workspace = hostPrograms ? pod.startWithHostPrograms(options) : pod.start(options);
    await workspace.says("sent");
    await sidecar.said(following);
    await workspace.exec("/bin/sh", "-c", "/bin/true child");
    await sidecar.until("the child is logged", () => withArgument(sidecar.log, "child").length > 0);
    expect(withArgument(sidecar.log, "child")).toMatchObject([
      {
        fields: {
          labels: { username: "jessie", workspace_name: "main" },
          attribution: "static",
          event: { comm: "sh", pid_namespace: Number(await workspace.pidNamespace()) },
        },
      },
    ]);
    // What ran before it was known is not the drop-in's to log.
    expect(withArgument(sidecar.log, start)).toEqual([]);
    await sidecar.container.signal("TERM");
    expect(await sidecar.container.ended).toMatchObject({ code: 0 });
  });

  it("listens no more once it follows", async () => {
    await Sidecar.start(pod, exectrace, waiting);
    const workspace = await startWorkspace();
    expect(await send(workspace, await workspace.pidNamespace())).toMatch(/refused/);
  });

  it("logs namespaces nested in it, and nothing of other containers", async () => {
    const sidecar = await Sidecar.start(pod, exectrace, waiting);
    const bundle = host.bundle({ args: ["/bin/true", "inner"], cgroup: "/inner" });
    const run = "runc --root /run/runc run --bundle /opt/inner one";
    const sendInode = withWget.replace("wget", "/opt/busybox wget");
    const workspace = pod.startWithHostPrograms({
      args: ["/bin/sh", "-c", `${readInode}; ${sendInode} && /bin/true outer && ${run} && ${stay}`],
      privileged: true,
      binds: [
        { source: bundle, destination: "/opt/inner" },
        { source: `${bundle}/rootfs/bin/busybox`, destination: "/opt/busybox" },
      ],
    });
    await workspace.says("sent");
    await pod.start({ args: ["/bin/true", "another"] }).ended;
    await workspace.exec("/bin/true", "last");
    await sidecar.until("the last exec is logged", () => withArgument(sidecar.log, "last").length > 0);
    expect(withArgument(sidecar.log, "outer")).toHaveLength(1);
    expect(withArgument(sidecar.log, "inner")).toMatchObject([
      { fields: { labels: { username: "jessie" }, event: { ns_pid: 1, nested: true } } },
    ]);
    expect(withArgument(sidecar.log, "another")).toEqual([]);
  });

  it("refuses the namespaces of others with a warning, and goes on waiting for its own pod's", async () => {
    const stranger = (await Pod.start(host)).start({ args: ["/bin/sleep", "1000000"] });
    const sidecar = await Sidecar.start(pod, exectrace, waiting);
    const client = pod.start({ args: ["/bin/sleep", "1000000"] });
    const foreign = {
      stranger: await stranger.pidNamespace(),
      host: /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "",
      nobody: "4026531999",
    };
    for (const [, inode] of Object.entries(foreign)) expect(await send(client, inode)).toMatch(/400/);
    expect(await send(client, "1; reboot")).toMatch(/400/);
    const warnings = sidecar.container.stderr.split("\n").filter((line) => line.includes('"level":"warn"'));
    expect(warnings).toHaveLength(4);
    expect(warnings[0]).toContain(`the PID namespace ${foreign.stranger} holds no process of this pod`);

    await stranger.exec("/bin/true", "foreign");
    const workspace = await startWorkspace();
    await sidecar.said(following);
    await workspace.exec("/bin/true", "own");
    await sidecar.until("the workspace is logged", () => withArgument(sidecar.log, "own").length > 0);
    expect(withArgument(sidecar.log, "foreign")).toEqual([]);
  });

  it("refuses its own container's namespace: nobody may have the tracer logged instead of the workspace", async () => {
    const sidecar = await Sidecar.start(pod, exectrace, waiting);
    const client = pod.start({ args: ["/bin/sleep", "1000000"] });
    expect(await send(client, await sidecar.container.pidNamespace())).toMatch(/400/);
  });

  it("waits again when the workspace container restarts, and follows the new one", async () => {
    const sidecar = await Sidecar.start(pod, exectrace, waiting);
    for (const life of [1, 2, 3]) {
      await sidecar.said(waiting, life);
      const workspace = await startWorkspace();
      await sidecar.said(following, life);
      const marker = `life-${String(life)}`;
      await workspace.exec("/bin/true", marker);
      await sidecar.until(`${marker} is logged`, () => withArgument(sidecar.log, marker).length > 0);
      await workspace.signal("KILL");
      await workspace.ended;
    }
    await sidecar.said(waiting, 4);
  });

  it("waits again when a first process ends that forked and ran nothing since it was followed", async () => {
    const sidecar = await Sidecar.start(pod, exectrace, waiting);
    const hold = "mkfifo /tmp/hold && exec 3<>/tmp/hold";
    const workspace = pod.start({
      args: ["/bin/sh", "-c", `${readInode}; ${hold}; ${withWget} && echo sent && read -r never <&3`],
    });
    await workspace.says("sent");
    await sidecar.said(following);
    await workspace.signal("KILL");
    await workspace.ended;
    await sidecar.said(waiting, 2);
  });

  it("ends with exit 1 and one line when nobody has sent anything in time", async () => {
    const sidecar = new Sidecar(pod, [...exectrace, "--startup-timeout", "1s"]);
    const { code, stdout, stderr } = await sidecar.container.ended;
    const plain = stderr
      .trimEnd()
      .split("\n")
      .filter((line) => !line.startsWith("{"));
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(plain).toHaveLength(1);
    expect(plain[0]).toMatch(
      /^tracer-service: no PID namespace of this pod was sent to .* within 1 s: .*--startup-timeout/,
    );
  });

  it("with --use-local-pidns logs its own container, without being asked", async () => {
    const sidecar = await Sidecar.start(pod, [...exectrace, "--use-local-pidns"], following);
    await sidecar.container.exec("/bin/true", "own");
    await pod.start({ args: ["/bin/true", "sibling"] }).ended;
    await sidecar.container.exec("/bin/true", "last");
    await sidecar.until("the last exec is logged", () => withArgument(sidecar.log, "last").length > 0);
    expect(withArgument(sidecar.log, "own")).toMatchObject([{ fields: { labels: { username: "jessie" } } }]);
    expect(withArgument(sidecar.log, "sibling")).toEqual([]);
  });
});
