import { afterEach, beforeEach, expect, it } from "vitest";

import { findHierarchies } from "../../tracer-service/cgroup/hierarchies.ts";
import { describeWhere, v1Obstacle } from "../kernel/support/describeKernel.ts";
import { TestCgroup } from "../kernel/support/testCgroup.ts";
import { withArgument } from "./support/logLine.ts";
import { TracedHost } from "./support/tracedHost.ts";
import { TracerService } from "./support/tracerService.ts";

describeWhere(v1Obstacle, "a node without cgroup v2", () => {
  let host: TracedHost;
  let root: TestCgroup;
  let workspace: TestCgroup;

  beforeEach(() => {
    host = new TracedHost();
    const v1 = findHierarchies().visible.find(({ number }) => number !== 0)?.mountPoint ?? "";
    root = new TestCgroup(v1, host.root);
    workspace = new TestCgroup(v1, `${host.root}/jessie/main`);
  });
  afterEach(async () => {
    await host.close();
    await root.remove();
  });

  /** Starts what follows where no cgroup v2 is mounted. */
  const withoutV2 = (): readonly string[] => {
    const mounts = findHierarchies().visible.filter(({ number }) => number === 0);
    const unmount = 'for mount in $0; do umount --lazy "$mount" || exit; done; exec "$@"';
    const names = mounts.map(({ mountPoint }) => mountPoint).join(" ");
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", unmount, names];
  };

  it("is found fit by check, which says by which hierarchy workspaces are told", async () => {
    const { code, stdout } = await TracerService.run(["check"], { through: withoutV2() });
    expect(stdout).toMatch(/ok +cgroups +v1 by \w+ at /);
    expect(stdout).toMatch(/ok +self-test/);
    expect(code).toBe(0);
  });

  it.each([
    { how: "rules", args: () => ["run", "--rules", host.rules], attribution: "cgroup" },
    {
      how: "--cgroup",
      args: () => [
        ...["run", "--identity", "static", "--cgroup", workspace.path],
        ...["--label", "username=jessie", "--label", "workspace_name=main"],
      ],
      attribution: "static",
    },
  ])("is traced by $how, from the first program on, and nothing beside", async ({ args, attribution }) => {
    const service = await host.start(args(), { through: withoutV2() });
    await workspace.sh("/bin/true child; :");
    await new TestCgroup(root.directory, "/elsewhere").run(["/bin/true", "beside"]);
    await service.stop();
    const [line, ...more] = withArgument(service.log, "child");
    expect(more).toEqual([]);
    expect(line?.fields).toMatchObject({
      attribution,
      labels: { username: "jessie", workspace_name: "main" },
      event: { cgroup: workspace.path, comm: "sh" },
    });
    expect(withArgument(service.log, "beside")).toEqual([]);
  });
});
