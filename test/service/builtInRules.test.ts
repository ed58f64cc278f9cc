import { execFileSync } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { rmdirSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, expect, it } from "vitest";

import { findHierarchies } from "../../tracer-service/cgroup/hierarchies.ts";
import { describeKernel } from "../kernel/support/describeKernel.ts";
import { TestCgroup } from "../kernel/support/testCgroup.ts";
import { withArgument } from "./support/logLine.ts";
import { TracerService } from "./support/tracerService.ts";

/** A user and a uid that this host does not have: to such a uid its number is the name. */
const user = `wpl-test-${randomBytes(6).toString("hex")}`;
const uid = String(randomInt(2_000_000_000, 2_100_000_000));
/** One that this host has, and that never logs in. */
const [knownName = "", , knownUid = ""] = execFileSync("getent", ["passwd", "1"], { encoding: "utf8" }).split(
  ":",
);
const knownUser = { name: knownName, uid: knownUid };
const slice = `/user.slice/user-${uid}.slice`;

describeKernel("a service without rules of its own", () => {
  const mountPoint = findHierarchies().visible[0]?.mountPoint ?? "";
  let service: TracerService | undefined;
  let workspace: TestCgroup | undefined;

  afterEach(async () => {
    await service?.kill();
    await workspace?.remove();
    try {
      for (let above = dirname(workspace?.directory ?? ""); above !== mountPoint; above = dirname(above))
        rmdirSync(above);
    } catch {
      // Somebody else's cgroups are there: they are not for this test to remove.
    }
  });

  it.each([
    ["/workspaces/{username}/{workspace_name}", `/workspaces/${user}/main`, user, "main"],
    [
      "code-server as a system service",
      `/system.slice/system-code\\x2dserver.slice/code-server@${user}.service`,
      ...[user, "code-server"],
    ],
    [
      "code-server as a service of its user",
      `${slice}/user@${uid}.service/app.slice/code-server.service`,
      ...[uid, "code-server"],
    ],
    ["logins", `${slice}/session-3.scope`, uid, "login"],
    [
      "logins of a user that the password database names",
      `/user.slice/user-${knownUser.uid}.slice/session-3.scope`,
      ...[knownUser.name, "login"],
    ],
  ])("knows %s", async (_, path, username, workspaceName) => {
    service = await TracerService.start(["run"]);
    workspace = new TestCgroup(mountPoint, path);
    await workspace.run(["/bin/true", "marker"]);
    await service.stop();
    expect(withArgument(service.log, "marker")).toMatchObject([
      {
        fields: {
          labels: { username, workspace_name: workspaceName },
          attribution: "cgroup",
          event: { cgroup: workspace.path },
        },
      },
    ]);
  });
});
