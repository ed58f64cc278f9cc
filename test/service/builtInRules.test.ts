import { randomBytes } from "node:crypto";
import { rmdirSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, expect, it } from "vitest";

import { findHierarchies } from "../../tracer-service/cgroup/hierarchies.ts";
import { describeKernel } from "../kernel/support/describeKernel.ts";
import { TestCgroup } from "../kernel/support/testCgroup.ts";
import { withArgument } from "./support/logLine.ts";
import { TracerService } from "./support/tracerService.ts";

describeKernel("a service without rules of its own", () => {
  let service: TracerService | undefined;
  let user: TestCgroup | undefined;

  afterEach(async () => {
    await service?.kill();
    await user?.remove();
    try {
      if (user !== undefined) rmdirSync(dirname(user.directory));
    } catch {
      // Somebody else's workspaces are there: it is not for this test to remove.
    }
  });

  it("knows /workspaces/{username}/{workspace_name}", async () => {
    const [hierarchy] = findHierarchies().visible;
    const mountPoint = hierarchy?.mountPoint ?? "";
    const username = `wpl-test-${randomBytes(6).toString("hex")}`;
    service = await TracerService.start(["run"]);
    user = new TestCgroup(mountPoint, `/workspaces/${username}`);
    const workspace = new TestCgroup(mountPoint, `${user.path}/main`);
    await workspace.run(["/bin/true", "marker"]);
    await service.stop();
    expect(withArgument(service.log, "marker")).toMatchObject([
      {
        fields: {
          labels: { username, workspace_name: "main" },
          attribution: "cgroup",
          event: { cgroup: workspace.path },
        },
      },
    ]);
  });
});
