import { afterEach, beforeEach, expect, it } from "vitest";

import { withArgument } from "../service/support/logLine.ts";
import { ContainerHost } from "./support/containerHost.ts";
import { describeContainers } from "./support/describeContainers.ts";
import { Pod } from "./support/pod.ts";
import { Sidecar } from "./support/sidecar.ts";

const ownPod = ["run", "--identity", "static", "--own-pod", "--label", "username=jessie"];

describeContainers("a sidecar with --own-pod", () => {
  let host: ContainerHost;
  beforeEach(() => {
    host = new ContainerHost();
  });
  afterEach(async () => {
    await host.close();
  });

  it("logs the other containers of its pod, but neither itself nor another pod", async () => {
    const [own, other] = [await Pod.start(host), await Pod.start(host)];
    const sidecar = await Sidecar.start(own, ownPod, "tracing");
    await other.start({ args: ["/bin/true", "other-pod"] }).ended;
    expect(await sidecar.container.exec("/bin/true", "itself")).toMatchObject({ code: 0 });
    await own.start({ args: ["/bin/true", "workspace"] }).ended;
    await sidecar.until("the workspace is logged", () => withArgument(sidecar.log, "workspace").length > 0);
    expect(withArgument(sidecar.log, "workspace")).toMatchObject([
      {
        fields: {
          labels: { username: "jessie" },
          attribution: "static",
          event: { ns_pid: 1, cgroup: `${own.cgroup}/container-2` },
        },
      },
    ]);
    expect(withArgument(sidecar.log, "itself")).toEqual([]);
    expect(withArgument(sidecar.log, "other-pod")).toEqual([]);
  });

  it("logs a container that ran before it", async () => {
    const pod = await Pod.start(host);
    const workspace = pod.start({ args: ["/bin/sleep", "1000000"] });
    await workspace.pid();
    const sidecar = await Sidecar.start(pod, ownPod, "tracing");
    await workspace.exec("/bin/true", "later");
    await sidecar.until("the workspace is logged", () => withArgument(sidecar.log, "later").length > 0);
    expect(withArgument(sidecar.log, "later")).toMatchObject([
      { fields: { labels: { username: "jessie" } } },
    ]);
  });

  it("writes what happened before it was told to end", async () => {
    const pod = await Pod.start(host);
    const sidecar = await Sidecar.start(pod, ownPod, "tracing");
    await pod.start({ args: ["/bin/sh", "-c", "for i in 1 2 3 4 5; do /bin/true last; done"] }).ended;
    await sidecar.container.signal("TERM");
    expect(await sidecar.container.ended).toMatchObject({ code: 0 });
    expect(withArgument(sidecar.log, "last")).toHaveLength(5);
  });

  it("passes its self-test in there, too", async () => {
    const pod = await Pod.start(host);
    const { code, stdout } = await new Sidecar(pod, ["check"]).container.ended;
    expect(stdout).toMatch(/ok +self-test/);
    expect(code).toBe(0);
  });
});
