import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

import { withArgument } from "../service/support/logLine.ts";
import { ContainerHost } from "./support/containerHost.ts";
import { describeContainers } from "./support/describeContainers.ts";

const uid = randomUUID();
const underscored = uid.replaceAll("-", "_");
const container = "3f1c0d5e".repeat(8);

const layouts = [
  {
    what: "workspaces by user",
    cgroup: ["workspaces", "jessie", "main"],
    rule: "/workspaces/{username}/{workspace_name}",
    labels: { username: "jessie", workspace_name: "main" },
  },
  {
    what: "kubepods with the cgroupfs driver",
    cgroup: ["kubepods", "burstable", `pod${uid}`, container],
    rule: "/kubepods/burstable/pod{workspace_id}",
    labels: { username: "jessie", workspace_id: uid },
  },
  {
    what: "guaranteed kubepods with the cgroupfs driver",
    cgroup: ["kubepods", `pod${uid}`, container],
    rule: "/kubepods/pod{workspace_id}",
    labels: { username: "jessie", workspace_id: uid },
  },
  {
    what: "kubepods with systemd's driver",
    cgroup: [
      "kubepods.slice",
      "kubepods-burstable.slice",
      `kubepods-burstable-pod${underscored}.slice`,
      `cri-containerd-${container}.scope`,
    ],
    rule: "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{workspace_id}.slice",
    labels: { username: "jessie", workspace_id: underscored },
  },
];

describeContainers("containers in the cgroups of", () => {
  let host: ContainerHost;
  beforeEach(() => {
    host = new ContainerHost();
  });
  afterEach(async () => {
    await host.close();
  });

  const run = (cgroup: string, marker: string): Promise<unknown> =>
    host.start({ args: ["/bin/true", marker], cgroup }).ended;

  it.each(layouts)("$what are known by a rule", async ({ cgroup, rule, labels }) => {
    const rules = join(host.traced.directory, "layout.yaml");
    const username = rule.includes("{username}") ? "" : "\n    labels: { username: jessie }";
    writeFileSync(rules, `rules:\n  - cgroup: ${host.traced.root}${rule}${username}\n`);
    const service = await host.traced.start(["run", "--rules", rules]);
    await run(host.path(...cgroup), "marker");
    await run(host.path("elsewhere", ...cgroup), "elsewhere");
    await service.stop();
    expect(withArgument(service.log, "marker")).toMatchObject([
      { fields: { labels, attribution: "cgroup", event: { cgroup: host.path(...cgroup) } } },
    ]);
    expect(withArgument(service.log, "elsewhere")).toEqual([]);
  });

  it.each(layouts)("$what are traced by --cgroup, with the labels given", async ({ cgroup }) => {
    const pod = host.path(...cgroup.slice(0, -1));
    host.traced.cgroup(...cgroup.slice(0, -1));
    const labels = ["--label", "username=jessie", "--label", "workspace_name=main"];
    const service = await host.traced.start(["run", "--identity", "static", "--cgroup", pod, ...labels]);
    await run(host.path(...cgroup), "marker");
    await run(host.path("elsewhere"), "elsewhere");
    await service.stop();
    expect(withArgument(service.log, "marker")).toMatchObject([
      {
        fields: {
          labels: { username: "jessie", workspace_name: "main" },
          attribution: "static",
          event: { cgroup: host.path(...cgroup) },
        },
      },
    ]);
    expect(withArgument(service.log, "elsewhere")).toEqual([]);
  });

  it("a cgroup that is removed and made again stay traced by --cgroup", async () => {
    const labels = ["--label", "username=jessie"];
    const first = host.traced.cgroup("pod");
    const service = await host.traced.start([
      ...["run", "--identity", "static", "--cgroup", host.path("pod"), ...labels],
    ]);
    await run(host.path("pod", "one"), "first");
    await first.remove();
    await run(host.path("pod", "two"), "again");
    await service.stop();
    expect(["first", "again"].map((marker) => withArgument(service.log, marker))).toMatchObject([
      [{ fields: { labels: { username: "jessie" }, event: { cgroup: host.path("pod", "one") } } }],
      [{ fields: { labels: { username: "jessie" }, event: { cgroup: host.path("pod", "two") } } }],
    ]);
  });

  it("anything are traced by --pid-namespace, wherever they are", async () => {
    const followed = host.start({ args: ["/bin/sleep", "1000000"], cgroup: host.path("followed") });
    const other = host.start({ args: ["/bin/sleep", "1000000"], cgroup: host.path("other") });
    await other.pid();
    const target = ["--pid-namespace", await followed.pidNamespace(), "--label", "username=jessie"];
    const service = await host.traced.start(["run", "--identity", "static", ...target]);
    await followed.exec("/bin/true", "followed");
    await other.exec("/bin/true", "other");
    await followed.signal("KILL");
    await service.said("the PID namespace has ended");
    await service.stop();
    expect(withArgument(service.log, "followed")).toMatchObject([
      { fields: { labels: { username: "jessie" }, attribution: "static" } },
    ]);
    expect(withArgument(service.log, "other")).toEqual([]);
  });
});
