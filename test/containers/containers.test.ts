import { afterEach, beforeEach, expect, it } from "vitest";

import { withArgument, type LogLine } from "../service/support/logLine.ts";
import type { TracerService } from "../service/support/tracerService.ts";
import { ContainerHost } from "./support/containerHost.ts";
import { describeContainers } from "./support/describeContainers.ts";

const jessie = { username: "jessie", workspace_name: "main" };

describeContainers("a container", () => {
  let host: ContainerHost;
  let service: TracerService;

  beforeEach(async () => {
    host = new ContainerHost();
    service = await host.traced.trace();
  });

  afterEach(async () => {
    await host.close();
  });

  /** The one exec with this argument, once it is logged. */
  const logged = async (argument: string): Promise<LogLine> => {
    await service.until(`${argument} is logged`, () => withArgument(service.log, argument).length > 0);
    const [line, ...more] = withArgument(service.log, argument);
    if (line === undefined || more.length > 0) throw new Error(`${argument} is logged more than once`);
    return line;
  };

  it("is logged from its first program on, with the workspace of its cgroup", async () => {
    const cgroup = host.path("jessie", "main");
    const container = host.start({
      args: ["/bin/sh", "-c", "/bin/true child; exec /bin/echo first"],
      cgroup,
    });
    await container.ended;
    expect(container.stdout).toBe("first\n");
    expect(await logged("/bin/true child; exec /bin/echo first")).toMatchObject({
      fields: {
        labels: jessie,
        attribution: "cgroup",
        event: { filename: "/bin/sh", uid: 0, ns_uid: 0, ns_pid: 1, cgroup },
      },
    });
    expect(await logged("child")).toMatchObject({ fields: { labels: jessie, event: { comm: "sh" } } });
    expect(await logged("first")).toMatchObject({
      fields: { labels: jessie, event: { ns_pid: 1, exec_number: 2 } },
    });
  });

  it("with PID and user namespaces: the host's ids, and those inside beside them", async () => {
    const container = host.start({
      args: ["/bin/sh", "-c", "/bin/true child; read line"],
      cgroup: host.path("jessie", "main"),
      mappedUser: { uid: 1000, gid: 1000 },
    });
    await container.ended;
    const first = await logged("/bin/true child; read line");
    const pid = first.fields.event.pid;
    expect(first.fields).toMatchObject({
      labels: jessie,
      event: { uid: 101_000, gid: 101_000, ns_uid: 1000, ns_gid: 1000, ns_pid: 1 },
    });
    expect(pid).toBe(await container.pid());
    const child = await logged("child");
    expect(child.fields.event).toMatchObject({ uid: 101_000, ns_uid: 1000, ppid: pid, exe: "/bin/busybox" });
    expect(child.fields.event["ns_pid"]).toBeGreaterThan(1);
    expect(child.fields.event["pid_namespace"]).toBe(first.fields.event["pid_namespace"]);
    expect(child.fields.event).not.toHaveProperty("nested");
  });

  it("that somebody enters: what they run is logged, too", async () => {
    const container = host.start({ args: ["/bin/sleep", "1000000"], cgroup: host.path("jessie", "main") });
    expect(await container.exec("/bin/true", "entered")).toMatchObject({ code: 0 });
    const line = await logged("entered");
    expect(line.fields).toMatchObject({
      labels: jessie,
      event: { pid_namespace: Number(await container.pidNamespace()) },
    });
  });

  it("nested in a container is told apart: a cgroup below the workspace's, a PID namespace below its own", async () => {
    const bundle = host.bundle({ args: ["/bin/true", "inner"], cgroup: "/inner" });
    const cgroup = host.path("jessie", "main");
    const container = host.startWithHostPrograms({
      args: ["/bin/sh", "-c", "/bin/true outer; runc --root /run/runc run --bundle /opt/inner one"],
      cgroup,
      privileged: true,
      binds: [{ source: bundle, destination: "/opt/inner" }],
    });
    expect(await container.ended).toMatchObject({ code: 0, stderr: "" });
    const [outer, inner] = [await logged("outer"), await logged("inner")];
    expect(outer.fields).toMatchObject({ labels: jessie, event: { cgroup } });
    expect(outer.fields.event).not.toHaveProperty("nested");
    expect(inner.fields).toMatchObject({
      labels: jessie,
      event: { nested: true, ns_pid: 1, cgroup: `${cgroup}/inner` },
    });
  });

  it("whose user makes a cgroup with another's name stays the user's", async () => {
    const cgroup = host.path("jessie", "main");
    const spoof = `mkdir -p /sys/fs/cgroup${host.traced.root}/bob/main && echo $$ > /sys/fs/cgroup${host.traced.root}/bob/main/cgroup.procs && exec /bin/true spoofed`;
    const container = host.start({ args: ["/bin/sh", "-c", spoof], cgroup, privileged: true });
    expect(await container.ended).toMatchObject({ code: 0, stderr: "" });
    expect((await logged("spoofed")).fields).toMatchObject({
      labels: jessie,
      event: { cgroup: `${cgroup}${host.traced.root}/bob/main` },
    });
  });
});
